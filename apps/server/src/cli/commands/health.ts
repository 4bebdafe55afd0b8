import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

import { type Command } from 'commander';

import { formatListenAddress } from '../../config/listen-address.js';
import { addConfigFlags, sectionsOf } from '../config-flags.js';
import { CommandError, type Terminal } from '../terminal.js';
import { isReadiness, type Readiness } from './health/readiness.js';

const TIMEOUT_MS = 3000;

/** Defines the command that asks the running daemon whether it is ready. */
export function defineHealth(health: Command, { env, print, printJson }: Terminal): void {
  addConfigFlags(health.option('--json', "print the daemon's answer as JSON"), [
    'admin.listen',
  ]).action(async ({ json = false }: { json?: boolean }, command: Command) => {
    const config = await sectionsOf(command, env, ['admin']);
    const [first] = config.admin.listen;
    if (first === undefined) {
      throw new CommandError('admin.listen is empty');
    }
    const address = first.address === '*' ? '127.0.0.1' : first.address;
    const url = `http://${formatListenAddress({ address, port: first.port })}/readyz`;
    const readiness = await askReadiness(url);
    if (json) {
      printJson(readiness);
    }
    const failed = readiness.checks.filter(({ ok }) => !ok);
    if (failed.length > 0) {
      throw new CommandError(`not ready: ${failed.map(checkText).join('; ')}`);
    }
    if (!json) {
      print(`ready: ${readiness.checks.map(checkText).join('; ')}`);
    }
  });
}

function checkText({ name, detail }: Readiness['checks'][number]): string {
  return detail === undefined ? name : `${name} (${detail})`;
}

/**
 * Asks a daemon whether it is ready, and returns its answer.
 *
 * @throws {@link CommandError} when it does not answer within 3 seconds, or when another program answers
 * instead
 */
async function askReadiness(url: string): Promise<Readiness> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let status: number;
  let body = '';
  try {
    // fetch takes longer to load than the rest of this command.
    const [answer] = (await once(get(url, { signal }), 'response', { signal })) as [
      IncomingMessage,
    ];
    status = answer.statusCode ?? 0;
    for await (const part of answer.setEncoding('utf8')) {
      body += part as string;
    }
  } catch (cause) {
    throw new CommandError(`no answer from ${url}`, 'check that "pxeboot serve" is running', {
      kind: 'notFound',
      cause,
    });
  }
  const answer = parsedOrUndefined(body);
  if (!isReadiness(answer)) {
    throw new CommandError(
      `unexpected answer from ${url} (status ${status}), which is not from pxeboot`,
      'check admin.listen: another program may use this port',
    );
  }
  return answer;
}

/** Returns the value of a JSON text; undefined if it is not JSON. */
function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
