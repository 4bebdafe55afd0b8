import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';

import { type CommandResult, runCommand, tryCommand } from '@pxe/lab-host';

import { ContainerLabError } from '../errors.js';
import { type ContainerSpec } from './container-spec.js';
import { ociConfig } from './oci-config.js';

/** A started container. */
export interface Container extends AsyncDisposable {
  /** Lines of both outputs so far, in order of arrival. */
  readonly output: readonly string[];
  /** The exit code of the container's process, once it has ended. */
  readonly exited: Promise<number>;
  /**
   * Resolves when an output line matches.
   *
   * @throws {@link ContainerLabError} `ERR_CONTAINER_LAB_DEADLINE` with the output, when the
   *   container exits first or the time is up
   */
  outputMatching(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** Process id of the container's first process, as the host sees it. */
  processId(): Promise<number>;
  /** Runs a command inside, like a health check or `kubectl exec`. */
  exec(args: readonly string[]): Promise<CommandResult>;
  /** Sends a signal to the container's first process. */
  signal(name: 'TERM' | 'KILL'): Promise<void>;
}

const OUTPUT_TIMEOUT_MS = 30_000;

/** Options for starting a container. */
export interface StartOptions {
  /** Called with each line of output. */
  readonly onLine?: (line: string) => void;
  /** Path of the mount namespace that runc itself runs in. @default the caller's */
  readonly mountNamespace?: string;
}

/** Starts a container with runc, over an image's files. Disposing of it ends it. */
export async function startContainer(
  spec: ContainerSpec,
  rootfs: string,
  { onLine, mountNamespace }: StartOptions = {},
): Promise<Container> {
  const directory = await mkdtemp(join(tmpdir(), 'pxeboot-container-'));
  const id = basename(directory);
  const bundle = join(directory, 'bundle');
  const [command, ...prefix] =
    mountNamespace === undefined ? ['runc'] : ['nsenter', `--mount=${mountNamespace}`, 'runc'];
  const runc = (...args: readonly string[]): [string, string[]] => [
    command,
    [...prefix, '--root', join(directory, 'state'), ...args],
  ];
  await mkdir(bundle);
  await writeFile(join(bundle, 'config.json'), JSON.stringify(ociConfig(spec, rootfs)));

  const child = spawn(...runc('run', '--bundle', bundle, id), {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  /** Called for each further line, and at the end. */
  const watchers = new Set<() => void>();
  const notify = (): void => {
    for (const watcher of watchers) {
      watcher();
    }
  };
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      output.push(line);
      onLine?.(line);
      notify();
    });
  }
  let hasEnded = false;
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      hasEnded = true;
      resolve(code ?? -1);
      notify();
    });
  });

  return {
    output,
    exited,
    async outputMatching(pattern, timeoutMs = OUTPUT_TIMEOUT_MS) {
      const deadline = AbortSignal.timeout(timeoutMs);
      return new Promise<string>((resolve, reject) => {
        const look = (): void => {
          const line = output.find((text) => pattern.test(text));
          if (line === undefined && !hasEnded && !deadline.aborted) {
            return;
          }
          watchers.delete(look);
          if (line !== undefined) {
            resolve(line);
            return;
          }
          const text = `no output like ${String(pattern)}; the output was:\n${output.join('\n')}`;
          reject(new ContainerLabError('ERR_CONTAINER_LAB_DEADLINE', text));
        };
        watchers.add(look);
        deadline.addEventListener('abort', look);
        look();
      });
    },
    async processId() {
      const text = await runCommand(...runc('state', id));
      return (JSON.parse(text) as { pid: number }).pid;
    },
    exec(args) {
      return tryCommand(...runc('exec', id, ...args));
    },
    async signal(name) {
      await runCommand(...runc('kill', id, name));
    },
    async [Symbol.asyncDispose]() {
      // It is gone already when it ended by itself.
      await tryCommand(...runc('delete', '--force', id));
      await exited;
      await rm(directory, { recursive: true });
    },
  };
}
