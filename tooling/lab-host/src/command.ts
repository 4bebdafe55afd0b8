import { spawn } from 'node:child_process';

import { LabError } from './errors.js';

/** Result of a command. */
export interface CommandResult {
  /** Exit code; -1 if a signal ended the command. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options for running a command. */
export interface CommandOptions {
  readonly cwd?: string;
  /** @default the lab's own environment */
  readonly env?: NodeJS.ProcessEnv;
  /** Time limit in milliseconds, after which the command is killed. @default no limit */
  readonly timeoutMs?: number;
}

/** Runs a command and waits until it exits, with any status. */
export async function tryCommand(
  command: string,
  args: readonly string[],
  { cwd, env, timeoutMs }: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', (cause) => {
      const message = `cannot run ${command}`;
      reject(new LabError('ERR_LAB_PROGRAM', message, { cause }));
    });
    child.once('close', (code) => {
      resolve(code ?? -1);
    });
  });
  return {
    exitCode,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  };
}

/**
 * Runs a command that must succeed.
 *
 * @returns its standard output
 * @throws {@link LabError} `ERR_LAB_PROGRAM` with the end of its output
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await tryCommand(command, args, options);
  if (exitCode === 0) {
    return stdout;
  }
  const lastWords = `${stdout}\n${stderr}`.trim().slice(-2000);
  throw new LabError(
    'ERR_LAB_PROGRAM',
    `${command} ${args.join(' ')} ended with ${exitCode}:\n${lastWords}`,
  );
}
