/** Daemon of this repository with images of a made-up mirror, for measurements. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { environmentWithoutSettings } from '@pxe/lab-host';
import { type MirrorTree, serveMirror } from '@pxe/local-mirror';

const PROGRAM = fileURLToPath(new URL('../../../apps/server/dist/main.cjs', import.meta.url));
const TICKS = 100;

/** Running daemon. */
export interface Daemon {
  readonly pid: number;
  readonly tftpPort: number;
  readonly httpPort: number;
  readonly startSeconds: number;
  readonly stop: () => Promise<void>;
}

/** Options for {@link startDaemon}. */
export interface DaemonOptions {
  /** Number of hosts in the configuration. */
  readonly hosts?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** Returns the command to run instead of the given one, which the new command must exec. */
  readonly command?: (program: readonly string[]) => readonly string[];
}

/** Fills a new store from a mirror; returns the processor time of the program and the size of the store. */
export async function syncFrom(
  tree: MirrorTree,
  keyring: string,
  store: string,
  images: readonly string[],
): Promise<{ cpuSeconds: number; bytes: number }> {
  const mirror = await serveMirror(tree);
  const source = [
    '--source-kind',
    'mirror',
    '--source-url',
    mirror.url,
    '--source-keyring',
    keyring,
  ];
  const command = [process.execPath, PROGRAM, 'sync', '--data-dir', store, ...source];
  try {
    // The shell adds up the processor time of its children.
    const script = '"$@" >&2 || exit; cat /proc/$$/stat';
    const child = spawn('sh', ['-c', script, 'sh', ...command, '--images', images.join()], {
      env: environmentWithoutSettings(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stat = '';
    let log = '';
    child.stdout.on('data', (text: Buffer) => (stat += text.toString()));
    child.stderr.on('data', (text: Buffer) => (log += text.toString()));
    const [status] = (await once(child, 'close')) as [number];
    if (status !== 0) {
      throw new Error(`sync failed: ${log}`);
    }
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = (fields[13] ?? 0) + (fields[14] ?? 0);
    return { cpuSeconds: ticks / TICKS, bytes: sizeOf(store) };
  } finally {
    await mirror.close();
  }
}

function sizeOf(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** Starts a daemon on loopback, with a configuration in the folder of its store. */
export async function startDaemon(
  store: string,
  images: readonly string[],
  { hosts = 0, env = {}, command = (program) => program }: DaemonOptions = {},
): Promise<Daemon> {
  const file = `${store}.json`;
  const mac = (host: number): string =>
    `52:54:00:${[16, 8, 0].map((bits) => ((host >> bits) & 0xff).toString(16).padStart(2, '0')).join(':')}`;
  writeFileSync(
    file,
    JSON.stringify({
      dataDir: store,
      images,
      refresh: { interval: '10d' },
      tftp: { listen: ['127.0.0.1:0'] },
      http: { listen: ['127.0.0.1:0'] },
      admin: { listen: ['127.0.0.1:0'] },
      log: { format: 'json' },
      ...(hosts > 0 && {
        hosts: Array.from({ length: hosts }, (_, host) => ({
          name: `host${host}`,
          match: { mac: mac(host) },
          boot: 'local',
        })),
      }),
    }),
  );
  const startedAt = performance.now();
  const [program, ...args] = command([process.execPath, PROGRAM, 'serve', '--config', file]);
  const child = spawn(String(program), args, {
    env: { ...environmentWithoutSettings(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, tftp, http } = JSON.parse(line) as {
      readonly event?: string;
      readonly tftp?: readonly string[];
      readonly http?: readonly string[];
    };
    if (event === 'serve.ready' && child.pid !== undefined) {
      child.stdout.on('error', () => undefined).resume();
      return {
        pid: child.pid,
        tftpPort: portOf(tftp),
        httpPort: portOf(http),
        startSeconds: (performance.now() - startedAt) / 1000,
        stop: async () => {
          child.kill('SIGTERM');
          await exited;
        },
      };
    }
  }
  throw new Error('the daemon does not start');
}

function portOf(addresses: readonly string[] = []): number {
  return Number(addresses[0]?.split(':').at(-1));
}

/** Returns the processor time of a process so far, in seconds. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return ((fields[11] ?? 0) + (fields[12] ?? 0)) / TICKS;
}
