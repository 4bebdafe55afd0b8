import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { type Manifest, parseManifests } from './manifest.js';

/** Helm release lines that the chart supports. */
export type HelmMajor = 3 | 4;

/** Result of a Helm command. */
export interface HelmRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of `helm template`. */
export interface TemplateOptions {
  /** @default 'pxeboot' */
  readonly release?: string;
  /** @default 'netboot' */
  readonly namespace?: string;
  /** Values as an object, which override those of the chart. */
  readonly values?: object;
  /** Values files; later ones override earlier ones, and {@link values} overrides them all. */
  readonly valueFiles?: readonly string[];
  /** Additional arguments, such as `--kube-version`. */
  readonly arguments?: readonly string[];
}

/** A Helm binary. Every call runs offline, with its own empty configuration. */
export class Helm {
  readonly major: HelmMajor;
  readonly path: string;

  constructor(major: HelmMajor, path: string) {
    this.major = major;
    this.path = path;
  }

  /** Runs Helm. A failure is returned as a result, not thrown. */
  async run(...args: string[]): Promise<HelmRun> {
    const home = await mkdtemp(join(tmpdir(), 'helm-'));
    try {
      return await this.#execute(args, home);
    } finally {
      await rm(home, { recursive: true });
    }
  }

  #execute(args: readonly string[], home: string): Promise<HelmRun> {
    const env = {
      HELM_CACHE_HOME: join(home, 'cache'),
      HELM_CONFIG_HOME: join(home, 'config'),
      HELM_DATA_HOME: join(home, 'data'),
      // Never contact a developer's own cluster.
      KUBECONFIG: '/dev/null',
      // With this, Helm ends before it needs to collect garbage, which would take a sixth of its time.
      GOGC: '400',
    };
    return new Promise((resolve, reject) => {
      execFile(this.path, args, { env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : error.code;
        if (typeof exitCode === 'number') {
          resolve({ exitCode, stdout, stderr });
        } else {
          reject(new Error(`cannot run ${this.path}`, { cause: error }));
        }
      });
    });
  }

  /** Runs `helm template` on a chart's folder or package. */
  template(chart: string, options: TemplateOptions = {}): Promise<HelmRun> {
    return this.#withValues(options, (args) =>
      this.run('template', options.release ?? 'pxeboot', chart, ...args),
    );
  }

  /**
   * Returns the objects that the chart renders to.
   *
   * @throws Error with Helm's own message if it refuses.
   */
  async render(chart: string, options: TemplateOptions = {}): Promise<Manifest[]> {
    const { exitCode, stdout, stderr } = await this.template(chart, options);
    if (exitCode !== 0) {
      throw new Error(`helm ${this.major} refused: ${stderr}`);
    }
    return parseManifests(stdout);
  }

  /** Returns the output that a user sees after `helm install`: NOTES.txt, rendered by a dry run. */
  async notes(chart: string, options: TemplateOptions = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.#withValues(options, (args) =>
      this.run('install', options.release ?? 'pxeboot', chart, '--dry-run=client', ...args),
    );
    const notes = stdout.split('\nNOTES:\n')[1];
    if (exitCode !== 0 || notes === undefined) {
      throw new Error(`helm ${this.major} printed no notes: ${stderr}`);
    }
    return notes.trimEnd();
  }

  async #withValues(
    { namespace = 'netboot', values = {}, valueFiles = [], arguments: more = [] }: TemplateOptions,
    call: (args: readonly string[]) => Promise<HelmRun>,
  ): Promise<HelmRun> {
    const directory = await mkdtemp(join(tmpdir(), 'helm-values-'));
    try {
      const overlay = join(directory, 'values.yaml');
      await writeFile(overlay, stringify(values));
      const files = [...valueFiles, overlay].flatMap((file) => ['--values', file]);
      return await call(['--namespace', namespace, ...files, ...more]);
    } finally {
      await rm(directory, { recursive: true });
    }
  }
}
