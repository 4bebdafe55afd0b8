import { type z } from 'zod';

import { ConfigError, type ConfigProblem, MAX_PROBLEMS } from '../errors.js';
import { asWritten } from './as-written.js';
import { configKeys } from './keys.js';
import { type ConfigInputs, type PlacedConfig } from './loaded-config.js';
import { type ConfigOrigin, inOrder, problemsOf, unknownVariables } from './problems.js';
import { configSchema, type ServerConfig, type ServerSettings } from './schema.js';
import { type Tree, valueAt } from './tree.js';
import { expectation } from './wording.js';

/**
 * Checks the settings that a program passes in, and fills in the defaults. Does not read files or environment
 * variables.
 *
 * @throws {@link ConfigError} with every problem, up to 100
 */
export function parseSettings(settings: ServerSettings): ServerConfig {
  return checked(structuredClone(settings), { origins: new Map(), file: undefined, env: {} });
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

/**
 * Checks the tree of a configuration against the schema, and fills in the defaults.
 *
 * @throws {@link ConfigError} with every problem, up to 100
 */
export function checked(
  tree: Tree,
  { origins, file, env }: Pick<ConfigOrigin, 'origins' | 'file'> & Pick<ConfigInputs, 'env'>,
): ServerConfig {
  const problems = [...unknownVariables(env)];
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

/** Adds the problems of issues, up to one more than an error lists. */
function addProblems(
  problems: ConfigProblem[],
  issues: readonly z.core.$ZodIssue[],
  origin: ConfigOrigin,
): void {
  for (const issue of issues) {
    for (const problem of problemsOf(issue, origin)) {
      problems.push(problem);
      if (problems.length > MAX_PROBLEMS) {
        return;
      }
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
