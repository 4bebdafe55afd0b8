import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';

import { NetbootError } from '../../errors.js';
import { STATUS_FD } from './apt-config.js';

/** Parameters of one run of apt-get. */
export interface AptRun {
  /** Program to run. */
  readonly aptGet: string;
  readonly configFile: string;
  /** Command and arguments: `['update']`. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Called with apt's progress, from 0 to 1. */
  readonly onProgress: (fraction: number) => void;
}

/** Maximum length of apt's output that is kept for an error message, in characters. */
const MAX_OUTPUT_LENGTH = 64 * 1024;

/**
 * Runs the host's apt-get.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_APT_MISSING`, `ERR_NETBOOT_NO_SPACE`, or `ERR_NETBOOT_APT_FAILED` with
 *   apt's own message; the signal's reason when aborted
 */
export async function runAptGet(run: AptRun): Promise<void> {
  run.signal.throwIfAborted();
  const child = spawn(run.aptGet, ['-q', '-c', run.configFile, ...run.args], {
    cwd: run.cwd,
    // apt's messages are parsed: they must be in English, without colours.
    env: { ...process.env, LC_ALL: 'C.UTF-8', LANGUAGE: '', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    signal: run.signal,
    killSignal: 'SIGTERM',
  });
  let output = '';
  const keep = (text: string): void => {
    output = (output + text).slice(-MAX_OUTPUT_LENGTH);
  };
  child.stdout?.setEncoding('utf8').on('data', keep);
  child.stderr?.setEncoding('utf8').on('data', keep);
  const status = child.stdio[STATUS_FD];
  if (status instanceof Readable) {
    readProgress(status, run.onProgress);
  }
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', (error) => {
      // An aborted apt has received a signal, but may continue to write until it ends.
      if (child.pid === undefined || !run.signal.aborted) {
        reject(error);
      }
    });
    child.once('exit', (_exitCode, signalName) => {
      if (run.signal.aborted) {
        resolve(signalName ?? 'aborted');
      }
    });
    child.once('close', (exitCode, signalName) => {
      resolve(exitCode ?? signalName ?? 'an unknown signal');
    });
  }).catch((error: unknown) => {
    run.signal.throwIfAborted();
    throw startFailure(run.aptGet, error);
  });
  run.signal.throwIfAborted();
  if (code !== 0) {
    throw aptFailure(run.args, code, output);
  }
}

/** Reports the progress in `dlstatus:<n>:<percent>:<text>` lines (APT::Status-Fd). */
function readProgress(status: Readable, onProgress: (fraction: number) => void): void {
  let rest = '';
  status.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-MAX_OUTPUT_LENGTH);
    for (const line of lines) {
      const percent = /^dlstatus:\d+:([0-9.]+):/.exec(line)?.[1];
      if (percent !== undefined) {
        onProgress(Math.min(1, Number(percent) / 100));
      }
    }
  });
}

function startFailure(program: string, error: unknown): NetbootError {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return new NetbootError('ERR_NETBOOT_APT_MISSING', `${program} is not installed`, {
      hint: 'use the mirror source, or run on Debian or a derivative',
      cause: error,
    });
  }
  return new NetbootError('ERR_NETBOOT_APT_FAILED', `${program} cannot be started`, {
    cause: error,
  });
}

/** Returns the error for a failed run, with apt's own errors: `E:` and `Err:` lines, and indented details. */
function aptFailure(args: readonly string[], code: number | string, output: string): NetbootError {
  const complaints = output
    .split('\n')
    .filter((line) => /^(?:E|Err):/.test(line) || line.startsWith('  '))
    .map((line) => withoutPasswords(line.replace(/^E: /, '').trim()));
  // Each of these lines names a file and the cause; the other lines repeat them.
  const failed = complaints.filter((line) => line.startsWith('Failed to fetch '));
  const words = [...new Set(failed.length > 0 ? failed : complaints)].slice(0, 6).join('; ');
  const noSpace = /No space left on device|not have enough free space/i.test(output);
  return new NetbootError(
    noSpace ? 'ERR_NETBOOT_NO_SPACE' : 'ERR_NETBOOT_APT_FAILED',
    `apt-get ${args[0] ?? ''} failed with ${code}: ${words || 'no error message'}`,
    {
      hint: noSpace
        ? 'free some space, or use a data directory on a larger file system'
        : 'check that `apt-get update` works on this machine, whose mirrors and proxies are used',
    },
  );
}

/** Returns an apt message without the passwords in its mirror URLs. */
function withoutPasswords(text: string): string {
  return text.split(/(\s)/).map(withoutUserInfo).join('');
}

/** Returns a word without anything between a URL's scheme, however it is spelled, and the last `@`. */
function withoutUserInfo(word: string): string {
  const scheme = /^\W*[a-z][a-z0-9+.-]*:[/\\]*/i.exec(word)?.[0] ?? '';
  return scheme + word.slice(Math.max(scheme.length, word.lastIndexOf('@') + 1));
}
