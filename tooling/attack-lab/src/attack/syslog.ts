import { setTimeout as delay } from 'node:timers/promises';

import { PORTS } from '../daemon/daemon.js';
import { atLeast, atMost } from '../figure/figure.js';
import { type Attack, type AttackSite } from './attack.js';
import { experience } from './under-attack.js';

const figures = {
  memory: atMost('syslog: 20,000 messages a second, peak memory', 300e6, 'megabytes'),
  processor: atMost('processor time of the daemon for a forged syslog message', 50, 'microseconds'),
  boots: atLeast('boots served under 20,000 syslog messages a second, of 2', 2, 'count'),
  latency: atMost('client p99 under 20,000 syslog messages a second', 1_000, 'milliseconds'),
  log: atMost('log for a forged syslog message', 1, 'bytes per packet'),
};

const SECONDS = { short: 10, full: 60 } as const;
const MESSAGES_PER_SECOND = 20_000;
/** Numbers of addresses that the messages come from. */
const SOURCES = [1, 1_000] as const;
/** Size of a message in bytes; the generator sends no fragments. */
const MESSAGE_BYTES = 1_400;

/** Message that is expensive to search for secrets, and names a step of the installer. */
const MESSAGE = Buffer.from(
  `<13>Nov 29 02:16:19 main-menu[1]: \u{1b}[2JMenu item 'x@@@@@@@@' selected ${'/pass $6$Aa1/p/http://a_comman '.repeat(50)}`,
).subarray(0, MESSAGE_BYTES);

/** Floods of unauthenticated messages for the installers' log. */
export const syslog: Attack = {
  name: 'syslog',
  summary: 'cost of syslog messages from one address, and from 1,000 forged ones',
  async run(site) {
    await using daemon = await site.start();
    const costs: Cost[] = [];
    for (const sources of SOURCES) {
      costs.push(await flood(site, daemon, sources));
    }
    const worst = (name: 'processor' | 'latency' | 'log'): number =>
      Math.max(...costs.map((cost) => cost[name]));
    const failures = costs.flatMap(({ failure }) => failure ?? []);
    const end = daemon.watch.limitExceeded ? 'ended by the lab' : daemon.ended();
    return [
      { figure: figures.memory, value: daemon.watch.peakBytes, note: end },
      { figure: figures.processor, value: worst('processor') },
      {
        figure: figures.boots,
        value: SOURCES.length - failures.length,
        ...(failures.length > 0 && { note: failures.join('; ') }),
      },
      { figure: figures.latency, value: worst('latency') },
      { figure: figures.log, value: worst('log') },
    ];
  },
};

interface Cost {
  /** Processor time per message that the daemon read, in microseconds. */
  readonly processor: number;
  /** Latency in milliseconds. */
  readonly latency: number;
  /** Number of bytes logged per message sent. */
  readonly log: number;
  /** Step of the client's boot that failed. */
  readonly failure: string | undefined;
}

async function flood(
  { network, forged, profile, tell }: AttackSite,
  daemon: Awaited<ReturnType<AttackSite['start']>>,
  sources: number,
): Promise<Cost> {
  const seconds = SECONDS[profile];
  const logBefore = await daemon.logBytes();
  const processorBefore = (await daemon.watch.processorSeconds()) ?? NaN;
  const { read: readBefore } = await network.receivedByUdp();
  await using running = await forged.start(network, {
    port: PORTS.syslog,
    payloads: [MESSAGE],
    addresses: sources,
    rate: MESSAGES_PER_SECOND,
    seconds,
  });
  await delay(1_000);
  const { failure, p99 } = await experience(network, Math.max(5, seconds / 2 - 2));
  const { packets } = JSON.parse(await running.output()) as { packets: number };
  const { read } = await network.receivedByUdp();
  const processor = ((await daemon.watch.processorSeconds()) ?? NaN) - processorBefore;
  const cost = {
    processor: (1e6 * processor) / (read - readBefore),
    latency: p99,
    log: ((await daemon.logBytes()) - logBefore) / packets,
    failure,
  };
  tell(
    `syslog from ${sources}: ${packets} sent, ${read - readBefore} read, ${cost.processor.toFixed(1)} µs each, p99 ${Math.round(p99)} ms, ${failure ?? 'boots'}`,
  );
  return cost;
}
