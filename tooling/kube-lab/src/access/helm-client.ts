import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Helm } from '@pxe/helm';
import { type CommandResult } from '@pxe/lab-host';

import { type ClusterAccess, controlNamespace, kubeconfigOf } from './cluster-access.js';

/** Time limit of {@link HelmClient.deploy}; long, since the host may be busy. */
const WAIT = '4m';

/** A release of a chart. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  /** Folder of the chart. */
  readonly chart: string;
  readonly values: object;
}

/** Helm, connected to a cluster. */
export class HelmClient {
  readonly #access: ClusterAccess;
  readonly #helm: Helm;

  constructor(access: ClusterAccess, helm: Helm) {
    this.#access = access;
    this.#helm = helm;
  }

  /** Runs a command with any exit code. */
  try(...args: readonly string[]): Promise<CommandResult> {
    const home = join(this.#access.directory, `helm-${this.#helm.major}`);
    return controlNamespace(this.#access).run(
      this.#helm.path,
      ['--kubeconfig', kubeconfigOf(this.#access), ...args],
      {
        env: {
          PATH: process.env['PATH'],
          HELM_CACHE_HOME: join(home, 'cache'),
          HELM_CONFIG_HOME: join(home, 'config'),
          HELM_DATA_HOME: join(home, 'data'),
        },
      },
    );
  }

  /**
   * Runs a command that must succeed.
   *
   * @returns its standard output
   * @throws Error with its output
   */
  async output(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.try(...args);
    if (exitCode !== 0) {
      throw new Error(`helm ${args[0] ?? ''} failed: ${stdout}\n${stderr}`);
    }
    return stdout;
  }

  /**
   * Installs or upgrades a release in a namespace that exists or is created.
   *
   * @param wait - waits until the release is ready
   * @throws Error with the output of Helm
   */
  async deploy(
    command: 'install' | 'upgrade',
    { name, namespace, chart, values }: Release,
    { wait = true }: { readonly wait?: boolean } = {},
  ): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), 'release-'));
    try {
      const file = join(directory, 'values.json');
      await writeFile(file, JSON.stringify(values));
      await this.output(
        ...[command, name, chart, '--namespace', namespace, '--values', file],
        ...(command === 'install' ? ['--create-namespace'] : []),
        ...(wait ? ['--wait', '--timeout', WAIT] : []),
      );
    } finally {
      await rm(directory, { recursive: true });
    }
  }
}
