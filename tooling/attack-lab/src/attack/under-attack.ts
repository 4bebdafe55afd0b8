import { join } from 'node:path';

import { type Namespace, type Program } from '@pxe/lab-host';

import { type ConnectionPlan } from '../attacker/connection-plan.js';
import { type ClientNetwork } from '../client/downloads.js';
import { bootOnce } from '../client/legitimate-boot.js';
import { type LabNetwork } from '../network/lab-network.js';

/** Time after its own duration within which a script must end, in seconds. */
const GRACE_SECONDS = 30;

/**
 * Starts a script of the lab.
 *
 * @param name - name of its file in `dist/`, without the extension
 * @param seconds - duration of the script
 */
export function startScript(
  namespace: Namespace,
  name: string,
  args: readonly (string | number)[],
  seconds: number,
): Promise<Program> {
  return namespace.start(
    process.execPath,
    [join(import.meta.dirname, `${name}.js`), ...args.map(String)],
    { timeoutMs: (seconds + GRACE_SECONDS) * 1000 },
  );
}

/** Outcome for the client during an attack. */
export interface ClientExperience {
  /** Step of the boot that failed. */
  readonly failure: string | undefined;
  /** Higher of the two protocols' 99th-percentile latencies, in milliseconds. */
  readonly p99: number;
}

/** Boots once and measures the latency of small requests at the same time. */
export async function experience(
  network: ClientNetwork,
  probeSeconds: number,
): Promise<ClientExperience> {
  const args = [network.serverAddress, probeSeconds];
  await using probe = await startScript(network.client, 'probe', args, probeSeconds);
  const [failure, p99] = await Promise.all([bootOnce(network), probe.output()]);
  return { failure, p99: Number(p99) };
}

/** Opens connections, and returns once each has been opened. */
export async function holdConnections(
  { attacker, serverAddress }: Pick<LabNetwork, 'attacker' | 'serverAddress'>,
  plan: Omit<ConnectionPlan, 'server'>,
): Promise<Program> {
  const args = [JSON.stringify({ server: serverAddress, ...plan })];
  const program = await startScript(attacker, 'hold-connections', args, plan.seconds);
  await program.line(/^open$/, 60_000);
  return program;
}
