import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  type CommandResult,
  type Namespace,
  type Program,
  type ProgramOptions,
} from '@pxe/lab-host';

import { type ClusterAccess, controlNamespace, kubeconfigOf } from './cluster-access.js';

/** Returns the options with which kubectl has the rights of an administrator. */
export function kubectlOptions(access: ClusterAccess): readonly string[] {
  // Discovery is cached below the home directory by default.
  const cache = join(access.directory, 'kubectl-cache');
  return ['--kubeconfig', kubeconfigOf(access), '--cache-dir', cache];
}

/** kubectl, with the rights of an administrator. */
export class Kubectl {
  readonly #program: string;
  readonly #options: readonly string[];
  readonly #control: Namespace;

  constructor(access: ClusterAccess) {
    this.#program = access.kubectl;
    this.#options = kubectlOptions(access);
    this.#control = controlNamespace(access);
  }

  /** Runs a command; accepts any exit code. */
  try(...args: readonly string[]): Promise<CommandResult> {
    return this.#control.run(this.#program, [...this.#options, ...args]);
  }

  /**
   * Runs a command that must succeed.
   *
   * @returns its standard output
   * @throws {@link LabError} `ERR_LAB_PROGRAM`
   */
  output(...args: readonly string[]): Promise<string> {
    return this.#control.output(this.#program, [...this.#options, ...args]);
  }

  /**
   * Returns the object that a command prints.
   *
   * @throws {@link LabError} `ERR_LAB_PROGRAM`
   */
  async get<Result>(...args: readonly string[]): Promise<Result> {
    return JSON.parse(await this.output('get', ...args, '--output', 'json')) as Result;
  }

  /** Runs a command such as `apply` on a file with the objects; accepts any exit code. */
  async tryWith(objects: readonly object[], ...args: readonly string[]): Promise<CommandResult> {
    const directory = await mkdtemp(join(tmpdir(), 'kubectl-'));
    try {
      const file = join(directory, 'objects.json');
      await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
      return await this.try(...args, '--filename', file);
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  /**
   * Creates or changes objects.
   *
   * @throws Error with the message from the API server, if it refuses
   */
  async apply(...objects: readonly object[]): Promise<void> {
    const { exitCode, stderr } = await this.tryWith(objects, 'apply');
    if (exitCode !== 0) {
      throw new Error(`kubectl apply failed: ${stderr}`);
    }
  }

  /** Starts a command that runs until it is stopped. */
  start(args: readonly string[], options: ProgramOptions): Promise<Program> {
    return this.#control.start(this.#program, [...this.#options, ...args], options);
  }
}
