import { setTimeout as delay } from 'node:timers/promises';

import { type Program } from '@pxe/lab-host';

import { startSlowHttp } from '../attacker/foreign-programs.js';
import { acknowledgement, readRequest } from '../attacker/tftp-request.js';
import { type DaemonOptions, PORTS } from '../daemon/daemon.js';
import { atLeast, atMost, type Figure, type Measurement, noteOf } from '../figure/figure.js';
import { INITRD_BYTES } from '../store/lab-store.js';
import { type Attack, type AttackSite } from './attack.js';
import { experience, holdConnections } from './under-attack.js';

interface Flood {
  readonly name: string;
  readonly configuration?: NonNullable<DaemonOptions['configuration']>;
  readonly start: (site: AttackSite) => Promise<Program>;
}

const FLOOD_SECONDS = 60;
const PROBE_SECONDS = { short: 5, full: 15 } as const;
const LIMITS = { short: [256], full: [256, 1_024] } as const;

const FLOODS: readonly Flood[] = [
  {
    name: 'idle connections',
    start: ({ network }) => connections(network, PORTS.http, 'idle'),
  },
  {
    name: 'connections that say nothing',
    start: ({ network }) => connections(network, PORTS.http, 'mute'),
  },
  {
    name: 'slow headers (slowhttptest)',
    async start({ network }) {
      await network.spreadConnections(100);
      const program = await startSlowHttp(network, {
        ...{ mode: 'headers', path: '/ldlinux.c32' },
        ...{ connections: 2_000, connectionsPerSecond: 1_000, seconds: FLOOD_SECONDS },
      });
      await delay(3_000);
      return program;
    },
  },
  {
    name: 'idle connections to the admin plane',
    configuration: {
      admin: { listen: [`*:${PORTS.admin}`], token: 'not-a-secret-of-anybody' },
    },
    start: ({ network }) => connections(network, PORTS.admin, 'idle'),
  },
  { name: 'forged requests', start: forgedRequests },
  {
    name: 'forged requests, a port for each transfer',
    configuration: { tftp: { singlePort: false } },
    start: forgedRequests,
  },
];

const LIMIT_FIGURES = new Map(
  [256, 1_024].map((limit) => [
    limit,
    {
      alive: atLeast(
        `descriptor limit ${limit}: floods survived, of ${FLOODS.length}`,
        FLOODS.length,
        'count',
      ),
      boots: atLeast(
        `descriptor limit ${limit}: boots served under each flood, of ${FLOODS.length}`,
        FLOODS.length,
        'count',
      ),
      latency: atMost(
        `descriptor limit ${limit}: worst client p99 under a flood`,
        1_000,
        'milliseconds',
      ),
    } as const satisfies Record<string, Figure>,
  ]),
);

/** Floods that open many files and sockets, against a daemon with a low limit on open files. */
export const descriptors: Attack = {
  name: 'descriptors',
  summary: 'daemons that may open 256 or 1,024 files, under floods of connections and requests',
  async run(site) {
    const measurements: Measurement[] = [];
    for (const limit of LIMITS[site.profile]) {
      const figures = LIMIT_FIGURES.get(limit);
      if (figures === undefined) {
        throw new Error(`no figures for a limit of ${limit}`);
      }
      const results: FloodResult[] = [];
      for (const flood of FLOODS) {
        results.push(await surviving(site, flood, limit));
      }
      const slowest = results.reduce((worst, one) => (one.p99 > worst.p99 ? one : worst));
      measurements.push(
        count(figures.alive, results, (result) => result.ended),
        count(figures.boots, results, (result) => result.failure),
        { figure: figures.latency, value: slowest.p99, note: slowest.name },
      );
    }
    return measurements;
  },
};

interface FloodResult {
  readonly name: string;
  readonly ended: string | undefined;
  readonly failure: string | undefined;
  readonly p99: number;
}

async function surviving(site: AttackSite, flood: Flood, limit: number): Promise<FloodResult> {
  const { network, profile, tell } = site;
  const { name, configuration } = flood;
  await using daemon = await site.start({
    descriptorLimit: limit,
    ...(configuration === undefined ? {} : { configuration }),
  });
  await using _flood = await flood.start(site);
  const { failure, p99 } = await experience(network, PROBE_SECONDS[profile]);
  await network.spreadConnections(1);
  const result = { name, ended: daemon.ended(), failure, p99 };
  const end = result.ended ?? 'alive';
  tell(`${limit}, ${name}: ${end}, ${result.failure ?? 'boots'}, p99 ${Math.round(result.p99)} ms`);
  return result;
}

function count(
  figure: Figure,
  results: readonly FloodResult[],
  problem: (result: FloodResult) => string | undefined,
): Measurement {
  const bad = results.filter((result) => problem(result) !== undefined);
  const note = noteOf(bad.map((result) => result.name));
  return { figure, value: results.length - bad.length, note };
}

function connections(
  network: AttackSite['network'],
  port: number,
  kind: 'idle' | 'mute',
): Promise<Program> {
  return holdConnections(network, {
    ...{ port, kind, connections: 2_000, addresses: 10 },
    ...{ paths: ['/ldlinux.c32'], fileBytes: INITRD_BYTES },
    ...{ seconds: FLOOD_SECONDS, opensPerSecond: 1_000, reopensPerSecond: 200 },
  });
}

async function forgedRequests({ network, forged }: AttackSite): Promise<Program> {
  const program = await forged.start(network, {
    payloads: [readRequest({ filename: 'lpxelinux.0' }), acknowledgement(1)],
    addresses: 512,
    rate: 3_000,
    seconds: FLOOD_SECONDS,
  });
  await delay(3_000);
  return program;
}
