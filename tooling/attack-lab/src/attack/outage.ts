import { setTimeout as delay } from 'node:timers/promises';

import { type Program } from '@pxe/lab-host';

import { type SlowHttpAttack, startSlowHttp } from '../attacker/foreign-programs.js';
import { acknowledgement, readRequest } from '../attacker/tftp-request.js';
import { type DaemonOptions, PORTS } from '../daemon/daemon.js';
import { atLeast, atMost, type Figure, formatValue, type Measurement } from '../figure/figure.js';
import { ABSENT_ADDRESSES } from '../network/address-pool.js';
import { imagePath, INITRD_BYTES } from '../store/lab-store.js';
import { type Attack, type AttackSite } from './attack.js';
import { experience, holdConnections, startScript } from './under-attack.js';

/**
 * Minimum cost of an outage, in bytes per second from one address. An attacker who sends less must not stop a
 * boot.
 */
const LEAST_RATE = 5e6;
const LEAST_ADDRESSES = 1_000;

const oneAddress = (plane: string): Figure =>
  atLeast(`cheapest outage of ${plane} from one address`, LEAST_RATE, 'bytes per second');
const manyAddresses = (plane: string): Figure =>
  atLeast(
    `cheapest outage of ${plane} from several addresses: addresses`,
    LEAST_ADDRESSES,
    'count',
  );

const figures = {
  tftpOne: oneAddress('TFTP'),
  tftpMany: manyAddresses('TFTP'),
  httpOne: oneAddress('boot HTTP, by holding connections,'),
  httpMany: manyAddresses('boot HTTP, by holding connections,'),
  names: oneAddress('TFTP or boot HTTP, by slow lookups,'),
  namesLatency: atMost(
    'client p99 while one address asks for names that are slow to look up',
    1_000,
    'milliseconds',
  ),
};

/** One attempt to stop a boot. */
interface Attempt {
  readonly name: string;
  readonly addresses: number;
  /** Settings of the daemon. @default the lab's own */
  readonly daemon?: Pick<DaemonOptions, 'sendBufferLimit'>;
  /** Starts the attack, and returns once it has reached its steady rate. */
  readonly start: (site: AttackSite) => Promise<Program>;
}

/** An attempt and the outcome of the boot. */
interface AttemptResult {
  readonly name: string;
  readonly addresses: number;
  /** Bytes per second sent by the attackers while the client booted, including all headers. */
  readonly bytesPerSecond: number;
  readonly failure: string | undefined;
  /** 99th percentile of the latency of small requests during that time, in milliseconds. */
  readonly p99: number;
}

const ATTACK_SECONDS = 150;
/** Duration of the initial burst in milliseconds, which does not count towards the steady rate. */
const SETTLE_MS = 1_000;
/** Minimum time over which the rate is measured, in seconds: a boot can fail immediately. */
const PROBE_SECONDS = 4;

/** Attacks that only aim to keep one client from booting, cheapest first. */
export const outage: Attack = {
  name: 'outage',
  summary: 'cheapest attack that keeps a client from booting: slots, connections, slow names',
  async run(site) {
    const tftp = await tryAll(site, tftpAttempts(site));
    const http = await tryAll(site, httpAttempts(site));
    const names = await tryAll(site, nameAttempts(site));
    return [
      cheapestRate(figures.tftpOne, tftp),
      fewestAddresses(figures.tftpMany, tftp),
      cheapestRate(figures.httpOne, http),
      fewestAddresses(figures.httpMany, http),
      cheapestRate(figures.names, names),
      slowest(figures.namesLatency, names),
    ];
  },
};

async function tryAll(
  site: AttackSite,
  attempts: readonly Attempt[],
): Promise<readonly AttemptResult[]> {
  const results: AttemptResult[] = [];
  for (const attempt of attempts) {
    const result = await tryOne(site, attempt);
    const rate = `${(result.bytesPerSecond / 1e3).toFixed(1)} kB/s`;
    const end = `${result.failure ?? 'boots'}, p99 ${Math.round(result.p99)} ms`;
    site.tell(`${attempt.name}: ${rate}: ${end}`);
    results.push(result);
  }
  return results;
}

async function tryOne(site: AttackSite, attempt: Attempt): Promise<AttemptResult> {
  const { network } = site;
  await using daemon = await site.start(attempt.daemon);
  await using _attack = await attempt.start(site);
  await delay(SETTLE_MS);
  const startedAt = Date.now();
  const bytesBefore = await network.attackBytes();
  const { failure, p99 } = await experience(network, PROBE_SECONDS);
  const bytes = (await network.attackBytes()) - bytesBefore;
  await network.spreadConnections(1);
  return {
    name: attempt.name,
    addresses: attempt.addresses,
    bytesPerSecond: (1000 * bytes) / (Date.now() - startedAt),
    failure: daemon.ended() === undefined ? failure : `the daemon ended: ${daemon.ended()}`,
    p99,
  };
}

function cheapestRate(figure: Figure, results: readonly AttemptResult[]): Measurement {
  const [worst] = results
    .filter(({ addresses, failure }) => addresses === 1 && failure !== undefined)
    .sort((left, right) => left.bytesPerSecond - right.bytesPerSecond);
  const most = Math.max(
    ...results.filter(({ addresses }) => addresses === 1).map((one) => one.bytesPerSecond),
  );
  if (worst !== undefined) {
    return { figure, value: worst.bytesPerSecond, note: `${worst.name}: ${worst.failure ?? ''}` };
  }
  return { figure, value: Infinity, note: `up to ${formatValue(most, 'bytes per second')}` };
}

function slowest(figure: Figure, results: readonly AttemptResult[]): Measurement {
  const worst = results.reduce((left, right) => (right.p99 > left.p99 ? right : left));
  return { figure, value: worst.p99, note: worst.name };
}

function fewestAddresses(figure: Figure, results: readonly AttemptResult[]): Measurement {
  const [worst] = results
    .filter(({ addresses, failure }) => addresses > 1 && failure !== undefined)
    .sort((left, right) => left.addresses - right.addresses);
  if (worst === undefined) {
    return { figure, value: Infinity, note: 'up to 999' };
  }
  const rate = `${(worst.bytesPerSecond / 1e3).toFixed(0)} kB/s`;
  return { figure, value: worst.addresses, note: `${worst.name}, ${rate}` };
}

/** Burst that takes all free slots; its rate is in datagrams per second. */
const BURST = { packets: 12_288, rate: 6_000 } as const;
/** Rate that keeps the slots afterwards, in datagrams per second. */
const KEEP_RATE = 68;
/** `net.core.wmem_max` of an untuned system, in bytes. */
const UNTUNED_SEND_BUFFER = 212_992;

function tftpAttempts({ profile }: AttackSite): Attempt[] {
  const filename = imagePath('trixie', 'text', 'initrd.gz');
  // A request, and the ACKs that a client would send when it begins to read.
  const opened = [
    readRequest({ filename, options: [['blksize', '1428']] }),
    acknowledgement(0),
    acknowledgement(1),
  ];
  const hold = (addresses: number): Attempt => ({
    name: `forged transfers of ${addresses} addresses, held`,
    addresses,
    async start({ network, forged }) {
      await forged.run(network, {
        payloads: opened,
        addresses,
        rate: BURST.rate,
        count: BURST.packets,
        seconds: 10,
      });
      return forged.start(network, {
        payloads: opened,
        addresses,
        rate: KEEP_RATE,
        seconds: ATTACK_SECONDS,
      });
    },
  });
  const flood = (addresses: number, bytesPerSecond: number): Attempt => ({
    name: `forged requests of ${addresses} addresses, ${bytesPerSecond / 1e6} MB/s`,
    addresses,
    async start({ network, forged }) {
      const payload = readRequest({ filename: `${'x'.repeat(450)}@@@@@@@@` });
      const program = await forged.start(network, {
        payloads: [payload],
        addresses,
        rate: bytesPerSecond / (payload.length + 42),
        seconds: ATTACK_SECONDS,
      });
      await delay(2_000);
      return program;
    },
  });
  const absent = (requestsPerSecond: number): Attempt => ({
    name: `forged requests of ${ABSENT_ADDRESSES.size} absent neighbours, ${requestsPerSecond} a second`,
    addresses: ABSENT_ADDRESSES.size,
    daemon: { sendBufferLimit: UNTUNED_SEND_BUFFER },
    async start({ network, forged }) {
      const program = await forged.start(network, {
        payloads: [readRequest({ filename: 'lpxelinux.0' })],
        pool: ABSENT_ADDRESSES,
        addresses: ABSENT_ADDRESSES.size,
        rate: requestsPerSecond,
        seconds: ATTACK_SECONDS,
      });
      await delay(2_000);
      return program;
    },
  });
  if (profile === 'short') {
    return [hold(4), hold(999), flood(1, LEAST_RATE), absent(2_000)];
  }
  return [
    ...[1, 4, 64, 999].map(hold),
    ...[0.1e6, 1e6, LEAST_RATE].map((rate) => flood(1, rate)),
    flood(999, LEAST_RATE),
    ...[200, 2_000].map(absent),
  ];
}

function httpAttempts({ profile }: AttackSite): Attempt[] {
  const connections = (
    kind: 'idle' | 'mute' | 'unread',
    addresses: number,
    count = 6_000,
  ): Attempt => ({
    name: `${count} ${kind} connections of ${addresses} ${plural(addresses)}`,
    addresses,
    start: ({ network }) =>
      holdConnections(network, {
        port: PORTS.http,
        connections: count,
        addresses,
        kind,
        paths: kind === 'unread' ? [imagePath('trixie', 'gtk', 'initrd.gz')] : ['/ldlinux.c32'],
        fileBytes: INITRD_BYTES,
        seconds: ATTACK_SECONDS,
        opensPerSecond: 3_000,
        // Reopening slowly makes the attack cheaper.
        reopensPerSecond: 40,
      }),
  });
  const slow = (mode: SlowHttpAttack['mode'], addresses: number): Attempt => ({
    name: `slowhttptest, slow ${mode}, of ${addresses} ${plural(addresses)}`,
    addresses,
    async start({ network }) {
      await network.spreadConnections(addresses);
      const seconds = ATTACK_SECONDS;
      const path = mode === 'read' ? imagePath('trixie', 'gtk', 'initrd.gz') : '/ldlinux.c32';
      const attack = { mode, path, connections: 5_000, connectionsPerSecond: 1_500, seconds };
      const program = await startSlowHttp(network, attack);
      await delay(5_000);
      return program;
    },
  });
  if (profile === 'short') {
    return [connections('idle', 1), connections('idle', 5), slow('headers', 999)];
  }
  const modes = ['headers', 'body', 'range', 'read'] as const;
  return [
    ...[1, 5, 64, 999].map((addresses) => connections('idle', addresses)),
    ...[1, 5, 999].map((addresses) => connections('mute', addresses)),
    ...[1, 999].map((addresses) => connections('unread', addresses)),
    ...[1, 999].flatMap((addresses) => modes.map((mode) => slow(mode, addresses))),
  ];
}

function nameAttempts({ profile }: AttackSite): Attempt[] {
  const names = {
    tftp: { 'a.a.a': 'a.'.repeat(500), 'a:a:a@': 'a:'.repeat(500), '////': '/'.repeat(1_000) },
    http: {
      'a.a.a': 'a.'.repeat(3_900),
      'a:a:a@': 'a:'.repeat(3_900),
      '%61%61': '%61'.repeat(2_600),
      '////': '/'.repeat(7_800),
    },
  };
  const asking = (plane: 'tftp' | 'http', label: string, name: string, rate: number): Attempt => ({
    name: `${plane.toUpperCase()} names such as ${label}, ${rate / 1e6} MB/s`,
    addresses: 1,
    async start({ network }) {
      const args = [network.serverAddress, plane, name, rate, ATTACK_SECONDS];
      const program = await startScript(network.attacker, 'long-names', args, ATTACK_SECONDS);
      await delay(3_000);
      return program;
    },
  });
  const rates = profile === 'short' ? [1e6] : [0.24e6, 1e6, LEAST_RATE];
  return rates.flatMap((rate) =>
    (['tftp', 'http'] as const).flatMap((plane) =>
      Object.entries(names[plane])
        .slice(0, profile === 'short' ? 1 : undefined)
        .map(([label, name]) => asking(plane, label, name, rate)),
    ),
  );
}

function plural(addresses: number): string {
  return addresses === 1 ? 'address' : 'addresses';
}
