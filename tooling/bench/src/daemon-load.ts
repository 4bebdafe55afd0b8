/** Loads on a daemon, with its processor time and memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { compileLoadGenerator, type LoadResult } from './load.js';
import { cpuSeconds, type Daemon } from './made-up-daemon.js';

const BLKSIZE = 1428;

/** Result of a load on a daemon. */
export interface Loaded {
  readonly megabytesPerSecond: number;
  /** Processor time of the daemon, in seconds per GB. */
  readonly cost: number;
  /** Maximum memory of the daemon, in MB. */
  readonly peakMegabytes: number;
  readonly failed: number;
}

/** Load generators that read a daemon's menus, and the initrd of their first entry. */
export class DaemonLoad {
  readonly #daemon: Daemon;
  readonly #folder: string;
  readonly #seconds: string;
  /** Path of the initrd. */
  readonly path: string;

  private constructor(daemon: Daemon, folder: string, seconds: string, path: string) {
    this.#daemon = daemon;
    this.#folder = folder;
    this.#seconds = seconds;
    this.path = path;
  }

  /**
   * Compiles the load generators, and downloads the initrd.
   *
   * @param folder - folder for the programs and a copy of the initrd
   * @param seconds - duration of each load, as text
   */
  static async start(daemon: Daemon, folder: string, seconds: string): Promise<DaemonLoad> {
    compileLoadGenerator(folder);
    compileLoadGenerator(folder, 'http-load');
    const menu = await download(daemon, '/pxelinux.cfg/default');
    const path = /\/debian\/[^\s"']+\/initrd\.gz/.exec(menu.toString())?.[0] ?? '';
    writeFileSync(join(folder, 'initrd'), await download(daemon, path));
    return new DaemonLoad(daemon, folder, seconds, path);
  }

  /** Returns the processor time of one request for a menu, in microseconds. */
  async menu(path: string): Promise<string> {
    const menu = join(this.#folder, 'menu');
    writeFileSync(menu, await download(this.#daemon, path));
    const load = [join(this.#folder, 'http-load'), String(this.#daemon.httpPort), path, menu, '1'];
    await this.#run([...load, this.#seconds]);
    const before = cpuSeconds(this.#daemon.pid);
    const { completed } = await this.#run([...load, this.#seconds]);
    return (((cpuSeconds(this.#daemon.pid) - before) / completed) * 1e6).toFixed(0);
  }

  async tftp(clients: number, seconds = this.#seconds): Promise<Loaded> {
    const file = [String(this.#daemon.tftpPort), this.path, join(this.#folder, 'initrd')];
    const numbers = [clients, BLKSIZE, 1].map(String);
    return this.#measure([join(this.#folder, 'load'), ...file, ...numbers, seconds]);
  }

  async http(clients: number, seconds = this.#seconds): Promise<Loaded> {
    const file = [String(this.#daemon.httpPort), this.path, join(this.#folder, 'initrd')];
    return this.#measure([join(this.#folder, 'http-load'), ...file, String(clients), seconds]);
  }

  async #measure(command: readonly string[]): Promise<Loaded> {
    const { pid } = this.#daemon;
    const peak = watchMemory(pid);
    const before = cpuSeconds(pid);
    const { bytes, seconds, failed, wrong } = await this.#run(command);
    return {
      megabytesPerSecond: bytes / 1e6 / seconds,
      cost: (cpuSeconds(pid) - before) / (bytes / 1e9),
      peakMegabytes: peak(),
      failed: failed + wrong,
    };
  }

  async #run(command: readonly string[]): Promise<LoadResult> {
    const script = 'ulimit -n $(ulimit -H -n); exec "$@"';
    const child = spawn('sh', ['-c', script, 'sh', ...command], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    await once(child, 'close');
    return JSON.parse(output) as LoadResult;
  }
}

async function download({ httpPort }: Daemon, path: string): Promise<Buffer> {
  const answer = await fetch(`http://127.0.0.1:${httpPort}${path}`);
  return Buffer.from(await answer.arrayBuffer());
}

/** Returns the memory of a process, in MB. */
export function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024) / 1e6;
}

/** Watches the memory of a process; the returned function stops watching and returns the maximum, in MB. */
export function watchMemory(pid: number): () => number {
  let most = 0;
  const look = (): void => {
    most = Math.max(most, residentMegabytes(pid));
  };
  const timer = setInterval(look, 250);
  return () => {
    clearInterval(timer);
    look();
    return most;
  };
}
