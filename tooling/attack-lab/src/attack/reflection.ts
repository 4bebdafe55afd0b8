import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type DatagramSchedule } from '../attacker/datagram-schedule.js';
import {
  acknowledgement,
  describeShape,
  readRequest,
  type RequestShape,
} from '../attacker/tftp-request.js';
import { PORTS } from '../daemon/daemon.js';
import { atMost, type Figure } from '../figure/figure.js';
import { addressAt, OWN_ADDRESSES } from '../network/address-pool.js';
import { type SentTraffic } from '../network/traffic-counters.js';
import { imagePath } from '../store/lab-store.js';
import { type Attack, type AttackSite } from './attack.js';
import { startScript } from './under-attack.js';

const unproven = {
  ratio: atMost(
    'reflection before any proof of address: worst bytes out for bytes in',
    40,
    'ratio',
  ),
  datagrams: atMost(
    'reflection before any proof of address: most datagrams for a request',
    3,
    'count',
  ),
  bytes: atMost(
    'reflection before any proof of address: most payload for a request',
    1_600,
    'bytes',
  ),
};

const blindAck: Figure = atMost(
  'reflection after a blind ACK 0: worst bytes out for bytes in',
  60,
  'ratio',
);

const scannedPort: Figure = atMost(
  'reflection from the port of a transfer, after a scan for it: worst bytes out for bytes in',
  40,
  'ratio',
);

const blindAckSequence: Figure = {
  title: 'reflection after blind ACKs of data: worst bytes out for bytes in',
  unit: 'ratio',
};

/** Datagrams that one source address sends, with a description. */
interface Case {
  readonly name: string;
  readonly group: 'unproven' | 'ack-0' | 'data-acks';
  readonly datagrams: readonly { readonly atMs: number; readonly bytes: Buffer }[];
}

/**
 * Delays of a blind ACK, in milliseconds: before or after the end of a short retry interval that the client
 * requested.
 */
const ACK_AT_MS = [4, 15, 40, 300] as const;
const SECONDS = { short: 20, full: 120 } as const;

/**
 * Traffic that the server sends to a forged source. Nothing is forged here: each address really
 * exists and stays silent, which looks the same to the server, and the traffic can be counted.
 */
export const reflection: Attack = {
  name: 'reflection',
  summary: 'bytes sent to a forged source because of a request or a blind ACK',
  async run(site) {
    const { network, tell } = site;
    await using daemon = await site.start();
    const cases = [...unprovenCases(), ...blindAckCases()];
    await network.resetTraffic();
    const sent = await sendCases(site, cases);
    const results = cases.map((one, index) => outcome(one, sent.get(addressOf(index))));
    const worst = (
      group: Case['group'],
      by: 'ratio' | 'payloadBytes' | 'datagrams',
    ): CaseOutcome => {
      const [first] = results
        .filter((result) => result.group === group)
        .sort((left, right) => right[by] - left[by]);
      if (first === undefined) {
        throw new Error(`no case of ${group}`);
      }
      return first;
    };
    for (const group of ['unproven', 'ack-0', 'data-acks'] as const) {
      const { name, datagrams, payloadBytes, ratio } = worst(group, 'ratio');
      tell(`${group}: ${name}: ${datagrams} datagrams, ${payloadBytes} B, ${ratio.toFixed(1)}x`);
    }
    const scanned = await scanForPort(site);
    tell(`scan for the port of a transfer: ${scanned.toFixed(1)}x`);
    if (daemon.ended() !== undefined) {
      throw new Error(`the daemon ended: ${daemon.ended()}`);
    }
    return [
      {
        figure: unproven.ratio,
        value: worst('unproven', 'ratio').ratio,
        note: worst('unproven', 'ratio').name,
      },
      { figure: unproven.datagrams, value: worst('unproven', 'datagrams').datagrams },
      { figure: unproven.bytes, value: worst('unproven', 'payloadBytes').payloadBytes },
      {
        figure: blindAck,
        value: worst('ack-0', 'ratio').ratio,
        note: worst('ack-0', 'ratio').name,
      },
      { figure: scannedPort, value: scanned },
      {
        figure: blindAckSequence,
        value: worst('data-acks', 'ratio').ratio,
        note: worst('data-acks', 'ratio').name,
      },
    ];
  },
};

/** Returns requests with every combination of names and options that could lengthen the answer. */
function unprovenCases(): Case[] {
  const names = ['lpxelinux.0', 'menu.c32', imagePath('trixie', 'text', 'initrd.gz')];
  const alternatives = [
    [undefined, ['blksize', '8'], ['blksize', '65464']],
    [undefined, ['windowsize', '65535']],
    [undefined, ['timeout', '1'], ['timeout', '255']],
    [undefined, ['utimeout', '10000']],
    [undefined, ['tsize', '0']],
  ] as const;
  type Option = readonly [string, string];
  let combinations: readonly Option[][] = [[]];
  for (const choices of alternatives) {
    combinations = combinations.flatMap((options) =>
      choices.map((choice) => (choice === undefined ? options : [...options, choice])),
    );
  }
  const shapes: RequestShape[] = [
    ...names.flatMap((filename) => combinations.map((options) => ({ filename, options }))),
    ...['x', '', 'pxelinux.cfg/default', 'menu.ipxe'].map((filename) => ({ filename })),
    { filename: 'menu.c32', mode: 'netascii' },
    { filename: 'menu.c32', mode: 'mail' },
    { filename: 'menu.c32', mode: '' },
  ];
  return shapes.map((shape) => ({
    name: describeShape(shape),
    group: 'unproven',
    datagrams: [{ atMs: 0, bytes: readRequest(shape) }],
  }));
}

function blindAckCases(): Case[] {
  const filename = imagePath('trixie', 'text', 'initrd.gz');
  const window = ['windowsize', '64'] as const;
  const block = ['blksize', '1428'] as const;
  const shapes: RequestShape[] = [
    { filename },
    { filename: 'menu.c32' },
    ...[['tsize', '0'] as const, ['blksize', '8'] as const, block, window].map((option) => ({
      filename: 'menu.c32',
      options: [option],
    })),
    { filename: 'menu.c32', options: [block, window] },
    { filename, options: [window] },
    { filename, options: [block, window] },
    { filename, options: [window, ['timeout', '1']] },
    { filename, options: [block, window, ['timeout', '1']] },
    { filename, options: [block, window, ['utimeout', '10000']] },
    { filename, options: [block, window, ['timeout', '1'], ['utimeout', '10000']] },
    { filename, options: [block, ['windowsize', '65535'], ['utimeout', '10000']] },
    { filename, options: [['blksize', '8'], window, ['utimeout', '10000']] },
  ];
  return shapes.flatMap((shape): Case[] => {
    const request = { atMs: 0, bytes: readRequest(shape) };
    // Without options there is no OACK, so the first ACK acknowledges data, as a real client's does.
    const first = shape.options === undefined ? 1 : 0;
    const group = first === 0 ? 'ack-0' : 'data-acks';
    const step = shape.options?.some(([name]) => name === 'windowsize') === true ? 64 : 1;
    const name = describeShape(shape).replace(filename, 'initrd.gz');
    return ACK_AT_MS.flatMap((firstAtMs): Case[] => {
      const acks = (count: number, blocks: number, everyMs: number): Case['datagrams'] => [
        request,
        ...Array.from({ length: count }, (_, index) => ({
          atMs: firstAtMs + index * everyMs,
          bytes: acknowledgement(first + index * blocks),
        })),
      ];
      const title = `${name}; after ${firstAtMs} ms ACK ${first}`;
      return [
        { name: title, group, datagrams: acks(1, 0, 0) },
        { name: `${title} three times`, group, datagrams: acks(3, 0, 700) },
        {
          name: `${title} and 99 more by ${step}`,
          group: 'data-acks',
          datagrams: acks(100, step, 20),
        },
      ];
    });
  });
}

interface CaseOutcome extends SentTraffic {
  readonly name: string;
  readonly group: Case['group'];
  readonly ratio: number;
}

function outcome(
  { name, group, datagrams }: Case,
  traffic: SentTraffic = { datagrams: 0, payloadBytes: 0 },
): CaseOutcome {
  const bytesIn = datagrams.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return { name, group, ...traffic, ratio: traffic.payloadBytes / bytesIn };
}

function addressOf(index: number): string {
  return addressAt(OWN_ADDRESSES, 1_000 + index);
}

async function sendCases(
  { network, directory, profile }: AttackSite,
  cases: readonly Case[],
): Promise<ReadonlyMap<string, SentTraffic>> {
  const schedules: DatagramSchedule[] = cases.map(({ datagrams }, index) => ({
    address: addressOf(index),
    // Spread out, so that the server's request rate limits do not affect the measurement.
    datagrams: datagrams.map(({ atMs, bytes }) => ({
      atMs: atMs + index * 5,
      hex: bytes.toString('hex'),
    })),
  }));
  const file = join(directory, 'schedules.json');
  await writeFile(file, JSON.stringify(schedules));
  const seconds = SECONDS[profile];
  const args = [network.serverAddress, PORTS.tftp, file, seconds];
  await using sender = await startScript(network.attacker, 'send-datagrams', args, seconds);
  await sender.output();
  return await network.trafficByAddress();
}

/** Duration of a scan for a port, in seconds. */
const SCAN_SECONDS = 30;

/**
 * Returns the bytes that a forged source gets for each byte that is sent in its name, after a scan for the port
 * that answers it. The probes are not counted: they cost the same, however large the file is.
 */
async function scanForPort({ network }: AttackSite): Promise<number> {
  const [victim, scanner] = [addressAt(OWN_ADDRESSES, 900), addressAt(OWN_ADDRESSES, 901)];
  const args = [
    ...[network.serverAddress, PORTS.tftp, victim, scanner],
    imagePath('trixie', 'text', 'initrd.gz'),
  ];
  await using program = await startScript(network.attacker, 'scan-for-port', args, SCAN_SECONDS);
  const sent = Number(await program.output());
  const traffic = (await network.trafficByAddress()).get(victim);
  return (traffic?.payloadBytes ?? 0) / sent;
}
