import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freeTcpPort, lacks } from '@pxe/test-host';

import { type SmallDisk } from './small-disk.js';

/** Directory in which Debian installs the programs of each version, in a subdirectory. */
const VERSIONS = '/usr/lib/postgresql';
/** User nobody: PostgreSQL does not run as root. */
const NOBODY = 65_534;

/** Returns the directory of PostgreSQL's programs; undefined if it is not installed. */
function postgresPrograms(): string | undefined {
  const [newest] = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort().reverse() : [];
  return newest === undefined ? undefined : join(VERSIONS, newest, 'bin');
}

/**
 * Returns true, and prints a message, if PostgreSQL is not installed.
 *
 * @throws Error with `CI=true`
 */
export function lacksPostgres(): boolean {
  return postgresPrograms() === undefined && lacks('postgres');
}

/** PostgreSQL server on loopback, with its own directory. */
export class TestPostgres implements AsyncDisposable {
  readonly url: string;
  readonly #programs: string;
  readonly #directory: string;
  readonly #port: number;
  /** Program and arguments that run PostgreSQL's programs. */
  readonly #prefix: readonly string[];

  private constructor(
    programs: string,
    directory: string,
    port: number,
    prefix: readonly string[],
  ) {
    this.#programs = programs;
    this.#directory = directory;
    this.#prefix = prefix;
    this.#port = port;
    this.url = `postgres://pxeboot:secret@127.0.0.1:${port}/postgres`;
  }

  /**
   * Creates a server with an empty database, and starts it.
   *
   * @param disk - disk for its data. @default its own directory
   */
  static async create(disk?: SmallDisk): Promise<TestPostgres> {
    const programs = postgresPrograms();
    if (programs === undefined) {
      throw new Error('PostgreSQL is not installed');
    }
    const directory = disk?.directory ?? mkdtempSync(join(tmpdir(), 'pxeboot-postgres-'));
    if (disk !== undefined) {
      await disk.run(`chown ${NOBODY}:${NOBODY} "$0"`);
    } else if (process.getuid?.() === 0) {
      chownSync(directory, NOBODY, NOBODY);
    }
    const server = new TestPostgres(programs, directory, await freeTcpPort(), disk?.prefix ?? []);
    await server.#run(
      'initdb',
      '-D',
      join(directory, 'data'),
      '--no-sync',
      '-A',
      'trust',
      '-U',
      'pxeboot',
    );
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const settings = `-k ${this.#directory} -c listen_addresses=127.0.0.1 -p ${this.#port}`;
    await this.#control('-o', settings, '-l', join(this.#directory, 'log'), '-w', 'start');
  }

  /**
   * Stops the server.
   *
   * @param mode - way of stopping; `immediate` ends it as a crash does
   */
  async stop(mode: 'fast' | 'immediate'): Promise<void> {
    await this.#control('-m', mode, '-w', 'stop');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('immediate').catch(() => undefined);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #control(...args: string[]): Promise<void> {
    await this.#run('pg_ctl', '-D', join(this.#directory, 'data'), ...args);
  }

  async #run(program: string, ...args: string[]): Promise<void> {
    const ids = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
    const asNobody = process.getuid?.() === 0 ? ['setpriv', ...ids] : [];
    const [first, ...rest] = [...this.#prefix, ...asNobody, join(this.#programs, program), ...args];
    const child = spawn(first ?? program, rest, {
      cwd: this.#directory,
      // The server keeps the output of pg_ctl open.
      stdio: 'ignore',
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) {
      const { stdout } = spawnSync('tail', ['-5', join(this.#directory, 'log')]);
      throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stdout.toString()}`);
    }
  }
}
