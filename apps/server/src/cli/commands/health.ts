import { type Command } from 'commander';

import { formatListenAddress } from '../../config/listen-address.js';
import { addConfigFlags, configOf } from '../config-flags.js';
import { CommandError, type Terminal } from '../terminal.js';

const TIMEOUT_MS = 3000;

/** Defines the command that asks the running daemon whether it is ready. */
export function defineHealth(health: Command, { env, print }: Terminal): void {
  addConfigFlags(health).action(async (_options: object, command: Command) => {
    const { config } = await configOf(command, env);
    const [first] = config.admin.listen;
    if (first === undefined) {
      throw new CommandError('admin.listen is empty');
    }
    const address = first.address === '*' ? '127.0.0.1' : first.address;
    const url = `http://${formatListenAddress({ address, port: first.port })}/readyz`;
    print(await askReadiness(url));
  });
}

/**
 * Returns the answer of a daemon that is ready.
 *
 * @throws {@link CommandError} when it is not ready, or does not answer within 3 seconds
 */
async function askReadiness(url: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new CommandError(`no answer from ${url}`, 'check that "pxeboot serve" is running', {
      kind: 'notFound',
      cause,
    });
  }
  const body = await response.text();
  if (!response.ok) {
    throw new CommandError(`not ready: ${body}`);
  }
  return body;
}
