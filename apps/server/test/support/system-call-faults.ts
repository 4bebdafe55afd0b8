import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Kernel fault to inject. */
export interface Fault {
  /** Names of system calls in strace syntax: `openat` or `recvmsg,recvmmsg`. */
  readonly calls: string;
  /** Name of the error that each of these calls returns. */
  readonly error: string;
  /** Limits the fault to calls on this file. */
  readonly path?: string;
}

/**
 * Makes system calls of all threads of a running process fail during an action.
 *
 * @param action - action during which they fail; its argument returns the number of calls that have failed so
 *   far
 */
export async function withFault(
  pid: number,
  { calls, error, path }: Fault,
  action: (injected: () => number) => Promise<void>,
): Promise<void> {
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
    await action(() => output.split('(INJECTED)').length - 1);
  } finally {
    // strace detaches from the process, as on Ctrl-C.
    strace.kill('SIGINT');
    await closed;
  }
}
