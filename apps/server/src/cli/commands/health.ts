import type { Command } from 'commander';

import { formatListenAddress } from '../../config/listen-address.js';
import { addConfigFlags, configOf } from '../config-flags.js';
import type { Terminal } from '../terminal.js';

const TIMEOUT_MS = 3000;

/** A daemon that is not ready, or does not answer. */
export class UnhealthyError extends Error {
  override readonly name = 'UnhealthyError';
}

export function addHealthCommand(program: Command, { env, print }: Terminal): void {
  addConfigFlags(
    program.command('health').description('ask the running daemon whether it is ready'),
  ).action(async (_options: object, command: Command) => {
    const { config } = await configOf(command, env);
    const [first] = config.admin.listen;
    if (first === undefined) throw new UnhealthyError('admin.listen names no address');
    const address = first.address === '*' ? '127.0.0.1' : first.address;
    const url = `http://${formatListenAddress({ address, port: first.port })}/readyz`;
    print(await askReadiness(url));
  });
}

/** @throws {@link UnhealthyError} */
async function askReadiness(url: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new UnhealthyError(`no answer from ${url}; is "pxeboot serve" running?`, { cause });
  }
  const body = await response.text();
  if (!response.ok) throw new UnhealthyError(`not ready: ${body}`);
  return body;
}
