import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A fault of the kernel that a test injects. */
export interface Fault {
  /** Names of system calls, as strace knows them: `openat` or `recvmsg,recvmmsg`. */
  readonly calls: string;
  /** Name of the error that each of them ends with. */
  readonly error: string;
  /** Only calls on this file. */
  readonly path?: string;
}

/**
 * Lets system calls of a running process fail, in all its threads, while an action runs.
 *
 * @returns number of calls that failed
 */
export async function withFault(
  pid: number,
  { calls, error, path }: Fault,
  action: () => Promise<void>,
): Promise<number> {
  const strace = spawn('strace', [
    ...['-f', '-p', String(pid), '-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}`],
    ...(path === undefined ? [] : ['-P', path]),
  ]);
  const closed = once(strace, 'close');
  let output = '';
  let onOutput = (): void => undefined;
  strace.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    onOutput();
  });
  try {
    await new Promise<void>((resolve, reject) => {
      onOutput = () => {
        if (output.includes(' attached')) {
          resolve();
        }
      };
      strace.once('close', () => {
        reject(new Error(`strace ended: ${output}`));
      });
    });
    await action();
  } finally {
    // It lets the process go, as it does when a person presses Ctrl-C.
    strace.kill('SIGINT');
    await closed;
  }
  return output.split('(INJECTED)').length - 1;
}
