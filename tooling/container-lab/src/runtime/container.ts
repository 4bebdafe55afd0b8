import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { type CommandResult, runCommand, startProgram, tryCommand } from '@pxe/lab-host';

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
   * @throws {@link LabError} with the end of the output: `ERR_LAB_PROGRAM` when the container exits first,
   * `ERR_LAB_DEADLINE` on timeout
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

  const [program, args] = runc('run', '--bundle', bundle, id);
  const running = await startProgram(program, args, {
    name: 'container',
    group: 'lab',
    ...(onLine !== undefined && { onLine }),
  });
  return {
    output: running.lines.entries,
    exited: running.exited.then(({ code }) => code ?? -1),
    outputMatching: (pattern, timeoutMs = OUTPUT_TIMEOUT_MS) => running.line(pattern, timeoutMs),
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
      // The container is already gone if it ended by itself.
      await tryCommand(...runc('delete', '--force', id));
      await running.exited;
      await rm(directory, { recursive: true });
    },
  };
}
