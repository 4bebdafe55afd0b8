import { spawn } from 'node:child_process';
import { mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { stringify } from 'yaml';

import { environmentWithoutSettings, LabError, runCommand } from '@pxe/lab-host';

import { type LabNetwork } from '../network/lab-network.js';
import { type LabStore } from '../store/lab-store.js';
import { type ProcessWatch, watchProcess } from './process-watch.js';

/** Ports of the daemon under attack. */
export const PORTS = { tftp: 69, http: 8069, admin: 9069, syslog: 5514 } as const;

/** Options for starting a daemon for an attack. */
export interface DaemonOptions {
  /** Entry of the build, `apps/server/dist/main.cjs`. */
  readonly main: string;
  readonly network: LabNetwork;
  readonly store: LabStore;
  /** Directory for the daemon's configuration and log; created if missing. */
  readonly directory: string;
  /** Configuration in addition to the lab's own. */
  readonly configuration?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Source of the images. @default the lab's mirror */
  readonly mirrorUrl?: string;
  /** Maximum number of open file descriptors. @default 20_000 */
  readonly descriptorLimit?: number;
  /** Largest send buffer of a socket, in bytes (`net.core.wmem_max`). @default the host's */
  readonly sendBufferLimit?: number;
  /**
   * Destination of the daemon's log: a file in the directory, another file, or a pipe that no program reads.
   * @default a file in the directory
   */
  readonly log?: { readonly kind: 'file'; readonly path: string } | { readonly kind: 'stalled' };
  /** Memory limit in bytes at which the lab kills the daemon. @default 3 GB */
  readonly memoryLimitBytes?: number;
}

/** A running daemon. */
export interface Daemon extends AsyncDisposable {
  readonly pid: number;
  readonly watch: ProcessWatch;
  /** `signal SIGKILL` or `exit code 1`; undefined while the daemon runs. */
  ended(): string | undefined;
  /** Number of bytes logged so far. */
  logBytes(): Promise<number>;
  /** The log so far, limited to its last 200 kB. */
  logText(): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /**
   * Waits for the daemon to exit.
   *
   * @returns the way it ended; undefined if it is still running after the timeout
   */
  waitForEnd(timeoutMs: number): Promise<string | undefined>;
}

const START_TIMEOUT_MS = 60_000;
const DEFAULT_DESCRIPTORS = 20_000;
const DEFAULT_MEMORY_LIMIT = 3e9;
const LOG_TAIL_BYTES = 200_000;

/**
 * Starts the daemon in the server's namespace; resolves once it is ready.
 *
 * @throws {@link LabError} `ERR_LAB_PROGRAM` when it exits or is not ready within a minute
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { main, network, directory } = options;
  await mkdir(directory, { recursive: true });
  const configFile = join(directory, 'pxeboot.yaml');
  await writeFile(configFile, stringify(configurationOf(options)));
  const logFile = options.log?.kind === 'file' ? options.log.path : join(directory, 'daemon.log');
  const log = await open(logFile, 'a');
  const errors = await open(join(directory, 'daemon.stderr'), 'a');
  const limit = options.descriptorLimit ?? DEFAULT_DESCRIPTORS;
  const environment = environmentWithoutSettings();
  if (options.sendBufferLimit !== undefined) {
    environment['LD_PRELOAD'] = await compileSendBufferLimit(directory);
    environment['SEND_BUFFER_LIMIT'] = String(options.sendBufferLimit);
  }
  const child = spawn(
    'ip',
    [
      ...['netns', 'exec', network.server.name],
      ...['prlimit', `--nofile=${limit}:${limit}`],
      ...[process.execPath, main, 'serve', '--config', configFile],
    ],
    {
      stdio: ['ignore', options.log?.kind === 'stalled' ? 'pipe' : log.fd, errors.fd],
      env: environment,
    },
  );
  await log.close();
  await errors.close();
  const { pid } = child;
  if (pid === undefined) {
    throw new LabError('ERR_LAB_PROGRAM', 'ip does not start');
  }
  let ended: string | undefined;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = code === null ? `signal ${signal ?? 'unknown'}` : `exit code ${code}`;
      resolve();
    });
  });
  const watch = watchProcess(pid, options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT);
  const daemon: Daemon = {
    pid,
    watch,
    ended: () => ended,
    logBytes: async () => (await stat(logFile)).size,
    logText: async () => (await readFile(logFile)).subarray(-LOG_TAIL_BYTES).toString(),
    signal(name) {
      if (ended === undefined) {
        process.kill(pid, name);
      }
    },
    async waitForEnd(timeoutMs) {
      const timer = new AbortController();
      await Promise.race([
        exited,
        delay(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
      timer.abort();
      return ended;
    },
    async [Symbol.asyncDispose]() {
      watch.stop();
      if (ended === undefined) {
        process.kill(pid, 'SIGKILL');
      }
      await exited;
    },
  };
  try {
    await untilItServes(daemon, network, join(directory, 'daemon.stderr'));
  } catch (error) {
    await daemon[Symbol.asyncDispose]();
    throw error;
  }
  return daemon;
}

async function compileSendBufferLimit(directory: string): Promise<string> {
  const library = join(directory, 'send-buffer-limit.so');
  const source = join(import.meta.dirname, '../generators/send-buffer-limit.c');
  await runCommand('cc', ['-O2', '-Wall', '-Werror', '-shared', '-fPIC', '-o', library, source]);
  return library;
}

async function untilItServes(daemon: Daemon, network: LabNetwork, stderr: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  const url = `http://${network.serverAddress}:${PORTS.http}/`;
  for (;;) {
    // Any response will do: the planes are bound together, and an empty store has no file to request.
    const { exitCode } = await network.client.run('curl', [
      ...['--silent', '--output', '/dev/null', '--max-time', '2', url],
    ]);
    if (exitCode === 0) {
      return;
    }
    if (daemon.ended() !== undefined || Date.now() > deadline) {
      const words = (await readFile(stderr, 'utf8')).slice(-1000);
      const state = daemon.ended() ?? 'does not serve';
      const message = `the daemon ${state}: ${words}\n${(await daemon.logText()).slice(-1000)}`;
      throw new LabError('ERR_LAB_PROGRAM', message);
    }
    await delay(100);
  }
}

/** Returns the configuration: default settings, except for the data directory and the source of images. */
function configurationOf(options: DaemonOptions): Record<string, unknown> {
  const { store, configuration = {} } = options;
  return {
    dataDir: store.directory,
    images: store.images,
    source: {
      kind: 'mirror',
      url: [options.mirrorUrl ?? store.mirrorUrl],
      keyring: store.keyring,
    },
    log: { format: 'json' },
    ...configuration,
  };
}
