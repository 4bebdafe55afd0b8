import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freeTcpPort, lacksFile } from '@pxe/test-host';

/** Programs of Debian's prometheus package, which `.ci/unpack-tools` unpacks. */
const PROGRAMS = join(
  process.env['PXEBOOT_TEST_TOOLS'] ?? join(tmpdir(), 'pxeboot-test-tools'),
  'root/usr/bin',
);
export const PROMTOOL: string = join(PROGRAMS, 'promtool');

/** Returns true, and prints a message, if Prometheus is not unpacked; throws with `CI=true`. */
export function lacksPrometheus(): boolean {
  return lacksFile(PROMTOOL, 'bash .ci/unpack-tools');
}

/** Series in the result of a query: its labels, and the value as text. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** Prometheus on loopback that scrapes one daemon each second. */
export class RunningPrometheus implements AsyncDisposable {
  readonly #directory: string;
  readonly #child: ChildProcess;
  readonly #url: string;

  private constructor(directory: string, child: ChildProcess, url: string) {
    this.#directory = directory;
    this.#child = child;
    this.#url = url;
  }

  /**
   * Starts Prometheus with one target.
   *
   * @param target - `address:port` of the admin plane
   */
  static async start(target: string): Promise<RunningPrometheus> {
    const directory = await mkdtemp(join(tmpdir(), 'pxeboot-prometheus-'));
    const config = join(directory, 'prometheus.yml');
    await writeFile(
      config,
      `global: {scrape_interval: 1s}\nscrape_configs: [{job_name: pxeboot, static_configs: [{targets: ['${target}']}]}]\n`,
    );
    const address = `127.0.0.1:${await freeTcpPort()}`;
    const child = spawn(
      join(PROGRAMS, 'prometheus'),
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      { stdio: 'ignore' },
    );
    return new RunningPrometheus(directory, child, `http://${address}`);
  }

  /** Returns the series that an expression evaluates to; none while Prometheus is starting. */
  async query(expression: string): Promise<readonly Sample[]> {
    const url = `${this.#url}/api/v1/query?query=${encodeURIComponent(expression)}`;
    const answer = await fetch(url).catch(() => undefined);
    if (answer === undefined || answer.status === 503) {
      return [];
    }
    const body = (await answer.json()) as {
      readonly error?: string;
      readonly data?: { readonly result: readonly Sample[] };
    };
    if (body.data === undefined) {
      throw new Error(`${expression}: ${body.error ?? answer.status}`);
    }
    return body.data.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    await rm(this.#directory, { recursive: true });
  }
}
