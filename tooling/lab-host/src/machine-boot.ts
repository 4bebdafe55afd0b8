import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { tryCommand } from './command.js';
import { LabError } from './errors.js';
import { expectFile } from './prerequisites.js';

/** Recipe of the boot lab's machine daemon, which runs pxeboot on Debian in the network of a scenario. */
export interface MachineRecipe {
  /** Folder with Debian 13 and systemd. */
  readonly system: string;
  /** Further options of systemd-nspawn. */
  readonly nspawn: readonly string[];
  /** Path of the image store in the system. */
  readonly storeAt: string;
  /**
   * Shell scripts that start the daemon, one after another. The settings of the scenario are in `pxeboot.yaml`
   * of root's home directory, where the scripts run.
   */
  readonly start: readonly string[];
  /** Shell script that prints the daemon's log from the start and follows it. */
  readonly log: string;
}

/** Environment variable with the path of a recipe. */
const RECIPE = 'BOOT_LAB_MACHINE';

/**
 * Reads the recipe file named by the environment variable `BOOT_LAB_MACHINE`.
 *
 * @throws {@link LabError} `ERR_LAB_USAGE` when the variable is not set
 */
export async function readMachineRecipe(): Promise<MachineRecipe> {
  const file = process.env[RECIPE];
  if (file === undefined) {
    throw new LabError('ERR_LAB_USAGE', `${RECIPE} does not name a recipe`);
  }
  return JSON.parse(await readFile(file, 'utf8')) as MachineRecipe;
}

/** Inputs of {@link bootFromMachine}. */
export interface MachineBoot {
  /** The repository, built. */
  readonly root: string;
  readonly scenario: string;
  /** Image store to serve. */
  readonly store: string;
  readonly recipe: MachineRecipe;
}

/**
 * Runs a scenario of the boot lab against pxeboot on a Debian machine.
 *
 * @returns the lab's report
 * @throws {@link LabError} `ERR_LAB_STAGE` with the report, when the scenario fails
 */
export async function bootFromMachine(boot: MachineBoot): Promise<string> {
  const { root, scenario, store, recipe } = boot;
  const lab = join(root, 'tooling/boot-lab/dist/main.js');
  const server = join(root, 'tooling/boot-lab/dist/machine-daemon.js');
  await expectFile(server, 'build it with `npm run build`');
  const directory = await mkdtemp(join(tmpdir(), 'machine-recipe-'));
  try {
    const file = join(directory, 'recipe.json');
    await writeFile(file, JSON.stringify(recipe));
    // Debian has to boot and to start the daemon first.
    const options = ['--store', store, '--server', server, '--patience', '4'];
    const { exitCode, stdout, stderr } = await tryCommand(
      process.execPath,
      [lab, scenario, ...options],
      { env: { ...process.env, [RECIPE]: file } },
    );
    if (exitCode !== 0 || !stdout.includes('1 passed, 0 failed')) {
      throw new LabError('ERR_LAB_STAGE', `${scenario} failed:\n${stdout}\n${stderr}`);
    }
    return stdout;
  } finally {
    await rm(directory, { recursive: true });
  }
}
