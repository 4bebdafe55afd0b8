import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Kernel fault to inject. */
export interface Fault {
  /** Names of system calls in strace syntax: `openat` or `recvmsg,recvmmsg`. */
  readonly calls: string;
  /** Name of the error that each of them returns. */
  readonly error: string;
  /** Limits the fault to calls on this file. */
  readonly path?: string;
}

/**
 * Makes system calls of all threads of a running process fail during an action.
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
    // It detaches from the process, as on Ctrl-C.
    strace.kill('SIGINT');
    await closed;
  }
  return output.split('(INJECTED)').length - 1;
}
