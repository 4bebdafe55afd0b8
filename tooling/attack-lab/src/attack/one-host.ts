import { setTimeout as delay } from 'node:timers/promises';

import { type Program } from '@pxe/lab-host';

import { PORTS } from '../daemon/daemon.js';
import { atLeast, atMost, type Figure, type Measurement } from '../figure/figure.js';
import { addressAt, OWN_ADDRESSES } from '../network/address-pool.js';
import { ATTACKER_ADDRESS_6, type LabNetwork } from '../network/lab-network.js';
import { imagePath, INITRD_BYTES } from '../store/lab-store.js';
import { type Attack, type AttackSite } from './attack.js';
import { type ClientExperience, experience, holdConnections, startScript } from './under-attack.js';

const ATTEMPTS = 6;

const figures = {
  boots: atLeast(
    `boots served while one host takes all it can get, of ${ATTEMPTS}`,
    ATTEMPTS,
    'count',
  ),
  latency: atMost('client p99 while one host takes all it can get', 1_000, 'milliseconds'),
  fields: atMost('memory: request heads with 1,000 fields, peak', 300e6, 'megabytes'),
};

/** One way to take resources that others need. */
interface Attempt {
  readonly name: string;
  /** Configuration of the daemon. @default the lab's */
  readonly configuration?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** IP version of the attacker and the client. @default 4 */
  readonly family?: 6;
  /** Figure for the daemon's peak memory. @default none */
  readonly memory?: Figure;
  /** Starts programs, and returns once they are at their steady rate. */
  readonly start: (site: AttackSite) => Promise<readonly Program[]>;
}

const ATTACK_SECONDS = 60;
const SETTLE_MS = 1_000;
const PROBE_SECONDS = 3;
const INITRD = imagePath('trixie', 'gtk', 'initrd.gz');

/** Attempts by one host to take slots, ports, requests, turns or memory from others. */
export const oneHost: Attack = {
  name: 'one-host',
  summary: 'one host takes all slots, ports, requests, connections and turns that it can get',
  async run(site) {
    const failures: string[] = [];
    const memory: Measurement[] = [];
    let worst = { name: '', p99: 0 };
    for (const attempt of ATTEMPTS_OF) {
      await using daemon = await site.start(
        attempt.configuration === undefined ? {} : { configuration: attempt.configuration },
      );
      const { failure, p99 } = await endure(site, attempt);
      const end = daemon.ended() ?? failure;
      site.tell(`${attempt.name}: ${end ?? 'boots'}, p99 ${Math.round(p99)} ms`);
      if (end !== undefined) {
        failures.push(`${attempt.name}: ${end}`);
      }
      if (p99 > worst.p99) {
        worst = { name: attempt.name, p99 };
      }
      if (attempt.memory !== undefined) {
        memory.push({ figure: attempt.memory, value: daemon.watch.peakBytes });
      }
    }
    const note = failures.join(', ');
    return [
      {
        figure: figures.boots,
        value: ATTEMPTS_OF.length - failures.length,
        ...(note === '' ? {} : { note }),
      },
      { figure: figures.latency, value: worst.p99, note: worst.name },
      ...memory,
    ];
  },
};

async function endure(site: AttackSite, { start, family }: Attempt): Promise<ClientExperience> {
  const { client, serverAddress, serverAddress6 } = site.network;
  const programs = await start(site);
  try {
    await delay(SETTLE_MS);
    const target = family === 6 ? serverAddress6 : serverAddress;
    return await experience({ client, serverAddress: target }, PROBE_SECONDS);
  } finally {
    for (const program of programs) {
      await program[Symbol.asyncDispose]();
    }
  }
}

/**
 * Starts slow transfers from one address, and repeats their requests at the given rate. If `smallFile` is
 * set, the address first reads that file, and then acknowledges nothing in its transfers.
 */
async function readSlowly(
  { attacker }: LabNetwork,
  server: string,
  address: string,
  transfers: number,
  repeatsPerSecond: number,
  smallFile?: string,
): Promise<Program> {
  const args = [server, address, transfers, INITRD.slice(1), repeatsPerSecond, ATTACK_SECONDS];
  const program = await startScript(
    attacker,
    'slow-readers',
    smallFile === undefined ? args : [...args, smallFile],
    ATTACK_SECONDS,
  );
  await program.line(/^open$/, 30_000);
  return program;
}

const ADDRESS = addressAt(OWN_ADDRESSES, 0);

const ATTEMPTS_OF: readonly Attempt[] = [
  {
    name: 'a host of the same IPv6 /64, slots, requests and connections',
    family: 6,
    start: async ({ network }) => [
      await readSlowly(network, network.serverAddress6, ATTACKER_ADDRESS_6, 1_100, 5_000),
      await holdConnections(
        { attacker: network.attacker, serverAddress: network.serverAddress6 },
        {
          port: PORTS.http,
          connections: 1_100,
          addresses: 1,
          address: ATTACKER_ADDRESS_6,
          kind: 'unread',
          paths: [INITRD],
          fileBytes: INITRD_BYTES,
          seconds: ATTACK_SECONDS,
          opensPerSecond: 1_500,
          reopensPerSecond: 100,
        },
      ),
    ],
  },
  {
    name: 'all of 100 ports',
    configuration: { tftp: { singlePort: false, portRange: '30000-30099' } },
    start: async ({ network }) => [
      await readSlowly(network, network.serverAddress, ADDRESS, 400, 100),
    ],
  },
  {
    name: '1,100 requests without an acknowledgement after one that was completed',
    start: async ({ network }) => [
      await readSlowly(network, network.serverAddress, ADDRESS, 1_100, 0, 'ldlinux.c32'),
    ],
  },
  {
    name: '20,000 repeated requests a second',
    start: async ({ network }) => [
      await readSlowly(network, network.serverAddress, ADDRESS, 1, 20_000),
    ],
  },
  {
    name: '200 connections ask for a missing name, 1 MB/s',
    start: async ({ network }) => [
      await startScript(
        network.attacker,
        'long-names',
        [network.serverAddress, 'http', 'missing', 1e6, ATTACK_SECONDS, 200],
        ATTACK_SECONDS,
      ),
    ],
  },
  {
    name: 'heads with 1,000 fields',
    memory: figures.fields,
    start: async ({ network }) => [
      await holdConnections(network, {
        port: PORTS.http,
        connections: 2_000,
        addresses: 1,
        kind: 'fields',
        paths: ['/ldlinux.c32'],
        fileBytes: 0,
        seconds: ATTACK_SECONDS,
        opensPerSecond: 1_000,
        reopensPerSecond: 500,
      }),
    ],
  },
];
