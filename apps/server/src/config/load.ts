import { type z } from 'zod';

import { ConfigError, type ConfigProblem } from '../errors.js';
import { asWritten } from './as-written.js';
import { CONFIG_SEARCH_PATH, readConfigFile } from './file.js';
import { configKeys, valueFromText } from './keys.js';
import {
  type ConfigOrigin,
  inOrder,
  problemsOf,
  put,
  unknownVariables,
  valueAt,
} from './problems.js';
import { configSchema, type ServerConfig, type ServerSettings } from './schema.js';
import { expectation } from './wording.js';

/** Sources of the configuration, in ascending priority: file, environment, flags. */
export interface ConfigInputs {
  /** `--config`; falls back to PXEBOOT_CONFIG, then to the search path. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of each given flag, by key path (`tftp.singlePort`). */
  readonly flags: ReadonlyMap<string, string>;
}

/** Configuration, and where each of its keys was set. */
export interface LoadedConfig {
  readonly config: ServerConfig;
  /**
   * Source of each key by its path: `pxeboot.yaml:3`, `PXEBOOT_LOG_LEVEL` or `--log-level`. Keys that
   * are not set are absent.
   */
  readonly origins: ReadonlyMap<string, string>;
  /** Path of the configuration file; undefined if there is none. */
  readonly file: string | undefined;
  /** True if that file is empty, without even a comment. */
  readonly isFileBlank: boolean;
  /**
   * Returns the line of a key, or of its closest parent if the file does not have it; empty without a file.
   */
  readonly sourceOf: (path: readonly PropertyKey[]) => string;
}

/** Settings with the place where each of them was set. */
export type PlacedConfig = Pick<LoadedConfig, 'config' | 'origins'>;

type Tree = Record<string, unknown>;

/**
 * Reads, merges and checks the configuration.
 *
 * @throws {@link ConfigError} with every problem, up to 100
 */
export async function loadConfig(inputs: ConfigInputs): Promise<LoadedConfig> {
  const file = await readConfigFile(namedFile(inputs));
  const tree = withoutEmptySections(structuredClone(file?.content ?? {}) as Tree);
  const origins = new Map<string, string>();
  const problems = [...unknownVariables(inputs.env)];
  for (const key of configKeys()) {
    const path = key.path.split('.');
    if (file !== undefined && valueAt(tree, path) !== undefined) {
      origins.set(key.path, file.sourceOf(path));
    }
    if (key.kind === 'structure') {
      continue;
    }
    const fromEnv = inputs.env[key.env];
    const fromFlag = inputs.flags.get(key.path);
    if (fromFlag !== undefined) {
      origins.set(key.path, key.flag);
      put(tree, path, valueFromText(key.kind, fromFlag));
    } else if (fromEnv !== undefined && fromEnv !== '') {
      origins.set(key.path, key.env);
      put(tree, path, valueFromText(key.kind, fromEnv));
    }
  }
  return {
    config: checked(tree, { origins, file, problems }),
    origins,
    file: file?.path,
    isFileBlank: file?.isBlank ?? false,
    sourceOf: (path) => file?.sourceOf(path) ?? '',
  };
}

/** Returns the paths where the configuration file may be: the given one, or the search path. */
export function configFilePaths(inputs: ConfigInputs): readonly string[] {
  const named = namedFile(inputs);
  return named === undefined ? CONFIG_SEARCH_PATH : [named];
}

function namedFile({ file, env }: ConfigInputs): string | undefined {
  return file ?? nonEmpty(env['PXEBOOT_CONFIG']);
}

/**
 * Checks the settings that a program passes in, and fills in the defaults. Reads no file and no
 * environment variable.
 *
 * @throws {@link ConfigError} with every problem, up to 100
 */
export function parseSettings(settings: ServerSettings): ServerConfig {
  return checked(structuredClone(settings), {
    origins: new Map(),
    file: undefined,
    problems: [],
  });
}

/**
 * Checks settings as {@link parseSettings} does; the origin of each given key is `startDaemon`.
 *
 * @throws {@link ConfigError} with every problem, up to 100
 */
export function placedSettings(settings: ServerSettings): PlacedConfig {
  const given = configKeys().filter(({ path }) => valueAt(settings, path.split('.')) !== undefined);
  return {
    config: parseSettings(settings),
    origins: new Map(given.map(({ path }) => [path, 'startDaemon'])),
  };
}

function checked(
  tree: Tree,
  {
    origins,
    file,
    problems,
  }: Pick<LoadedConfig, 'origins'> & {
    readonly file: Awaited<ReturnType<typeof readConfigFile>>;
    readonly problems: ConfigProblem[];
  },
): ServerConfig {
  if (!hasFewValues(tree)) {
    const message = `expected at most ${MAX_VALUES} values; add further hosts with "pxeboot hosts add", to the database`;
    throw new ConfigError([{ key: '', source: file?.path ?? '', message }]);
  }
  const written = asWritten(configSchema, tree);
  // Compiling the schema takes longer than applying it once.
  const result = configSchema.safeParse(written, { error: expectation, jitless: true });
  if (!result.success) {
    addProblems(problems, result.error.issues, { tree: written, origins, file });
  }
  if (result.success && asksForAdvertise(result.data)) {
    problems.push({
      key: 'tftp.listen',
      source: origins.get('tftp.listen') ?? 'default',
      message:
        'a wildcard address hides which address a machine used; use auto, list the addresses, or set advertise',
    });
  }
  if (problems.length > 0 || !result.success) {
    throw new ConfigError(inOrder(problems, file?.path));
  }
  return result.data;
}

/** Maximum number of problems to list: each has to be looked up in the file. */
const MAX_PROBLEMS = 100;

function addProblems(
  problems: ConfigProblem[],
  issues: readonly z.core.$ZodIssue[],
  origin: ConfigOrigin,
): void {
  for (const issue of issues) {
    for (const problem of problemsOf(issue, origin)) {
      if (problems.length === MAX_PROBLEMS) {
        problems.push({ key: '', source: '', message: 'further problems are not listed' });
        return;
      }
      problems.push(problem);
    }
  }
}

/**
 * Maximum number of values in a configuration. The schema library overflows the stack at about 120,000 issues;
 * reading 100,000 values takes about 2 seconds.
 */
const MAX_VALUES = 100_000;

function hasFewValues(tree: Tree): boolean {
  const waiting: unknown[] = [tree];
  let count = 0;
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null) {
      continue;
    }
    for (const inner of Object.values(value)) {
      count += 1;
      if (count > MAX_VALUES) {
        return false;
      }
      waiting.push(inner ?? null);
    }
  }
  return true;
}

function asksForAdvertise({ advertise, tftp }: ServerConfig): boolean {
  const isWildcard = tftp.listen.some(({ address }) => address === '0.0.0.0' || address === '::');
  return isWildcard && advertise === 'auto';
}

/** Returns the value of a variable; undefined if it is empty, which counts as unset. */
function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/**
 * Returns the tree without empty top-level sections: one whose keys are all commented out is null in YAML.
 */
function withoutEmptySections(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== null));
}
