import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { LabError } from '../errors.js';

const execute = promisify(execFile);

/**
 * Runs a short command and waits until it exits.
 *
 * @returns its standard output
 * @throws {@link LabError} `ERR_LAB_PROGRAM` with its standard error output
 */
export async function runCommand(command: string, ...args: readonly string[]): Promise<string> {
  return runCommandWith(process.env, command, ...args);
}

/** The same, in another environment. */
export async function runCommandWith(
  env: NodeJS.ProcessEnv,
  command: string,
  ...args: readonly string[]
): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { encoding: 'utf8', env });
    return stdout;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message.trim() : String(cause);
    throw new LabError('ERR_LAB_PROGRAM', detail, { cause });
  }
}
