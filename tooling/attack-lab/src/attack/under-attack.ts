import { join } from 'node:path';

import { type Program } from '@pxe/lab-host';

import { type ConnectionPlan } from '../attacker/connection-plan.js';
import { type ProbeReport } from '../client/latency.js';
import { bootOnce, type BootResult } from '../client/legitimate-boot.js';
import { type LabNetwork } from '../network/lab-network.js';

/** Outcome for the client during an attack. */
export interface ClientExperience {
  readonly boot: BootResult;
  readonly probe: ProbeReport;
}

/** Boots once and measures the latency of small requests at the same time. */
export async function experience(
  network: Pick<LabNetwork, 'client' | 'serverAddress'>,
  probeSeconds: number,
): Promise<ClientExperience> {
  const [boot, probe] = await Promise.all([
    bootOnce(network),
    measureLatency(network, probeSeconds),
  ]);
  return { boot, probe };
}

/** Measures the latency of small requests. */
export async function measureLatency(
  network: Pick<LabNetwork, 'client' | 'serverAddress'>,
  seconds: number,
): Promise<ProbeReport> {
  await using probe = await network.client.start(process.execPath, [
    join(import.meta.dirname, 'probe.js'),
    ...[network.serverAddress, String(seconds)],
  ]);
  return JSON.parse(await probe.output()) as ProbeReport;
}

/** The higher 99th percentile of the two protocols, in milliseconds. */
export function worstP99({ tftp, http }: ProbeReport): number {
  return Math.max(tftp.p99, http.p99);
}

/** Opens connections, and returns once each has been opened. */
export async function holdConnections(
  network: Pick<LabNetwork, 'attacker' | 'serverAddress'>,
  plan: Omit<ConnectionPlan, 'server'>,
): Promise<Program> {
  const program = await network.attacker.start(
    process.execPath,
    [
      join(import.meta.dirname, 'hold-connections.js'),
      JSON.stringify({ server: network.serverAddress, ...plan }),
    ],
    { timeoutMs: (plan.seconds + 30) * 1000 },
  );
  await program.line(/^open$/, 60_000);
  return program;
}
