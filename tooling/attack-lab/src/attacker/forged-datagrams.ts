import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Program, runCommand } from '@pxe/lab-host';

import { PORTS } from '../daemon/daemon.js';
import { addressAt, type AddressPool, FORGED_ADDRESSES } from '../network/address-pool.js';
import { type LabNetwork } from '../network/lab-network.js';

/** Datagrams with forged source addresses. */
export interface ForgedFlood {
  /** Payloads that each forged client sends in order; `garbage` differs for each datagram. */
  readonly payloads: readonly (Buffer | 'garbage')[];
  /** Number of source addresses. */
  readonly addresses: number;
  /** Datagrams per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Maximum number of datagrams. @default no limit */
  readonly count?: number;
  /** Port of the daemon. @default PORTS.tftp */
  readonly port?: number;
  /** Source addresses. @default FORGED_ADDRESSES */
  readonly pool?: AddressPool;
}

/** Output of the generator. */
export interface ForgedReport {
  /** Number of datagrams sent, including those that the generator's own socket dropped. */
  readonly packets: number;
}

/** Compiled generator of forged datagrams. */
export interface ForgedDatagrams {
  start(network: LabNetwork, flood: ForgedFlood): Promise<Program>;
  /** Runs the generator until it ends. */
  run(network: LabNetwork, flood: ForgedFlood): Promise<ForgedReport>;
}

/** Compiles the generator into a directory, with `cc`. */
export async function compileForgedDatagrams(directory: string): Promise<ForgedDatagrams> {
  const program = join(directory, 'forged');
  const source = join(import.meta.dirname, '../generators/forged.c');
  await runCommand('cc', ['-O2', '-Wall', '-Werror', '-o', program, source]);
  let files = 0;
  let firstPort = 0;
  const start: ForgedDatagrams['start'] = async (network, flood) => {
    const payloads: string[] = [];
    for (const payload of flood.payloads) {
      if (payload === 'garbage') {
        payloads.push('-');
      } else {
        files += 1;
        const file = join(directory, `payload-${files}`);
        await writeFile(file, payload);
        payloads.push(file);
      }
    }
    // Use ports that no earlier flood has used.
    firstPort = (firstPort + 7_919) % 64_000;
    return network.attacker.start(
      program,
      [
        ...[network.serverAddress, String(flood.port ?? PORTS.tftp)],
        addressAt(flood.pool ?? FORGED_ADDRESSES, 0),
        String(flood.addresses),
        ...[String(firstPort), String(flood.rate), String(flood.seconds)],
        ...[String(flood.count ?? 1e12), ...payloads],
      ],
      { timeoutMs: (flood.seconds + 30) * 1000 },
    );
  };
  return {
    start,
    async run(network, flood) {
      await using running = await start(network, flood);
      return JSON.parse(await running.output()) as ForgedReport;
    },
  };
}
