import { setTimeout as delay } from 'node:timers/promises';

import { startHpingGarbage } from '../attacker/foreign-programs.js';
import { readRequest } from '../attacker/tftp-request.js';
import { type Daemon, PORTS } from '../daemon/daemon.js';
import { atLeast, atMost, type Figure, type Measurement } from '../figure/figure.js';
import { imagePath, INITRD_BYTES, SUITES } from '../store/lab-store.js';
import { type Attack, type AttackSite } from './attack.js';
import { experience, holdConnections } from './under-attack.js';

const figures = {
  garbage: atMost('memory: garbage datagrams, peak', 200e6, 'megabytes'),
  requests: atMost('memory: 20,000 forged read requests a second, peak', 300e6, 'megabytes'),
  requestsBoot: atLeast(
    'boots served under 20,000 forged read requests a second, of 1',
    1,
    'count',
  ),
  // At this limit, 20,000 requests per second take up one processor.
  requestsProcessor: atMost(
    'processor time of the daemon for a forged read request',
    50,
    'microseconds',
  ),
  requestsLatency: atMost(
    'client p99 under 20,000 forged read requests a second',
    1_000,
    'milliseconds',
  ),
  ranges: atMost('memory: 4,000 range readers that read nothing, peak', 400e6, 'megabytes'),
  logServed: atMost('log for a forged request for a file that is served', 1, 'bytes per packet'),
  logMissing: atMost('log for a forged request for a file that is missing', 1, 'bytes per packet'),
  logGarbage: atMost('log for a packet of garbage', 1, 'bytes per packet'),
  descriptors: atMost('descriptors that stay open after the floods above', 5, 'count'),
};

const SECONDS = {
  garbage: { short: 10, full: 600 },
  requests: { short: 12, full: 60 },
  missing: { short: 5, full: 20 },
  ranges: { short: 20, full: 40 },
} as const;
const REQUESTS_PER_SECOND = 20_000;
const FORGED_SOURCES = 4_096;
/**
 * Maximum time between the last packet from an attacker and the count of descriptors, in milliseconds: longer than
 * any retry interval.
 */
const CALM_MS = 10_000;

/** Cost of floods in memory, log lines and descriptors. */
export const memory: Attack = {
  name: 'memory',
  summary: 'peak memory, log bytes and descriptors under floods of datagrams and of slow readers',
  async run(site) {
    const left: number[] = [];
    const garbage = await withDaemon(site, left, (daemon) => garbageFlood(site, daemon));
    const requests = await withDaemon(site, left, (daemon) => requestFlood(site, daemon));
    const missing = await withDaemon(site, left, (daemon) => missingFlood(site, daemon));
    const ranges = await withDaemon(site, left, (daemon) => rangeReaders(site, daemon));
    return [
      ...garbage,
      ...requests,
      ...ranges,
      ...missing,
      { figure: figures.descriptors, value: Math.max(...left) },
    ];
  },
};

async function withDaemon(
  site: AttackSite,
  left: number[],
  flood: (daemon: Daemon) => Promise<readonly Measurement[]>,
): Promise<readonly Measurement[]> {
  await using daemon = await site.start();
  const before = (await daemon.watch.descriptors()) ?? 0;
  const measurements = await flood(daemon);
  if (daemon.ended() === undefined) {
    const deadline = Date.now() + CALM_MS;
    let after = await daemon.watch.descriptors();
    while (after !== undefined && after > before && Date.now() < deadline) {
      await delay(200);
      after = await daemon.watch.descriptors();
    }
    left.push(after === undefined ? Infinity : after - before);
  }
  for (const { figure, value, note } of measurements) {
    site.tell(`${figure.title}: ${Math.round(value)}${note === undefined ? '' : ` (${note})`}`);
  }
  return measurements;
}

/** Returns the peak memory, with a note if the lab ended the daemon or it ended by itself. */
function peak(figure: Figure, daemon: Daemon): Measurement {
  const { peakBytes, limitExceeded } = daemon.watch;
  const end = limitExceeded ? 'and growing: ended by the lab' : daemon.ended();
  return { figure, value: peakBytes, ...(end === undefined ? {} : { note: end }) };
}

async function garbageFlood(site: AttackSite, daemon: Daemon): Promise<readonly Measurement[]> {
  const { network, forged, profile } = site;
  const seconds = SECONDS.garbage[profile];
  const logBefore = await daemon.logBytes();
  await using hping = await startHpingGarbage(network, { port: PORTS.tftp, rate: 2_000, seconds });
  const sent = await forged.run(network, {
    payloads: ['garbage'],
    addresses: FORGED_SOURCES,
    rate: 10_000,
    seconds,
  });
  // hping3 fails if nobody answers, which is expected here.
  await hping.exited;
  const logged = (await daemon.logBytes()) - logBefore;
  return [
    peak(figures.garbage, daemon),
    { figure: figures.logGarbage, value: logged / (sent.packets + 2_000 * seconds) },
  ];
}

async function requestFlood(site: AttackSite, daemon: Daemon): Promise<readonly Measurement[]> {
  const { network, forged, profile } = site;
  const seconds = SECONDS.requests[profile];
  const logBefore = await daemon.logBytes();
  const processorBefore = await daemon.watch.processorSeconds();
  const udpBefore = await network.receivedByUdp();
  await using flood = await forged.start(network, {
    payloads: [readRequest({ filename: 'lpxelinux.0', options: [['blksize', '1428']] })],
    addresses: FORGED_SOURCES,
    rate: REQUESTS_PER_SECOND,
    seconds,
  });
  await delay(1_000);
  const { failure, p99 } = await experience(network, Math.max(5, seconds / 2 - 2));
  const sent = JSON.parse(await flood.output()) as { packets: number };
  const logged = (await daemon.logBytes()) - logBefore;
  const processor = ((await daemon.watch.processorSeconds()) ?? NaN) - (processorBefore ?? NaN);
  const udp = await network.receivedByUdp();
  const read = udp.read - udpBefore.read;
  const dropped = udp.dropped - udpBefore.dropped;
  const share = `${Math.round((100 * dropped) / (read + dropped))} % dropped by the kernel`;
  return [
    peak(figures.requests, daemon),
    { figure: figures.requestsProcessor, value: (1e6 * processor) / read, note: share },
    {
      figure: figures.requestsBoot,
      value: failure === undefined ? 1 : 0,
      note: failure,
    },
    { figure: figures.requestsLatency, value: p99 },
    { figure: figures.logServed, value: logged / sent.packets },
  ];
}

async function missingFlood(site: AttackSite, daemon: Daemon): Promise<readonly Measurement[]> {
  const { network, forged, profile } = site;
  const logBefore = await daemon.logBytes();
  const sent = await forged.run(network, {
    payloads: [readRequest({ filename: 'missing-@@@@@@@@' })],
    addresses: FORGED_SOURCES,
    rate: 5_000,
    seconds: SECONDS.missing[profile],
  });
  await delay(500);
  const logged = (await daemon.logBytes()) - logBefore;
  return [{ figure: figures.logMissing, value: logged / sent.packets }];
}

async function rangeReaders(site: AttackSite, daemon: Daemon): Promise<readonly Measurement[]> {
  const { network, profile } = site;
  await using readers = await holdConnections(network, {
    port: PORTS.http,
    connections: 4_000,
    addresses: 16,
    kind: 'unread',
    paths: SUITES.flatMap((suite) =>
      ['text', 'gtk'].map((variant) => imagePath(suite, variant, 'initrd.gz')),
    ),
    fileBytes: INITRD_BYTES,
    seconds: SECONDS.ranges[profile],
    opensPerSecond: 2_000,
    reopensPerSecond: 200,
  });
  await readers.output();
  return [peak(figures.ranges, daemon)];
}
