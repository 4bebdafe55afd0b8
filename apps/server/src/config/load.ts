import { CONFIG_SEARCH_PATH, type NamedConfigFile, readConfigFile } from './file.js';
import { configKeys, plainKeys, valueFromText } from './keys.js';
import { type ConfigInputs, type LoadedConfig } from './loaded-config.js';
import { type ConfigFile } from './parse-file.js';
import { plainConfig } from './plain-config.js';
import { type ServerConfig } from './schema.js';
import { put, type Tree, valueAt } from './tree.js';

/**
 * Reads, merges and checks the configuration.
 *
 * @param sections - top-level keys to read, besides those set by flags; the others keep their defaults and are
 * not checked. Default: all.
 * @throws {@link ConfigError} with every problem, up to 100
 */
export async function loadConfig(
  inputs: ConfigInputs,
  sections?: readonly Section[],
): Promise<LoadedConfig> {
  const file = await readConfigFile(namedFile(inputs));
  const isRead = sectionFilter(sections, inputs.flags);
  const tree = withoutSections(
    structuredClone(file?.content ?? {}) as Tree,
    (name, value) => value === null || !isRead(name),
  );
  const origins = new Map<string, string>();
  for (const key of configKeys()) {
    const path = key.path.split('.');
    if (!isRead(path[0])) {
      continue;
    }
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
    config: await configOfTree(tree, { origins, file, env: inputs.env }),
    origins,
    file: file?.path,
    isFileBlank: file?.isBlank ?? false,
    sourceOf: (path) => file?.sourceOf(path) ?? '',
  };
}

/**
 * Returns the configuration of a tree. Loading the schema is slow, so it is loaded only if there is something
 * to check.
 */
async function configOfTree(
  tree: Tree,
  origin: Pick<LoadedConfig, 'origins'> &
    Pick<ConfigInputs, 'env'> & { readonly file: ConfigFile | undefined },
): Promise<ServerConfig> {
  const plain = hasUnknownVariable(origin.env) ? undefined : plainConfig(tree);
  if (plain !== undefined) {
    return plain;
  }
  const { checked } = await import('./check.js');
  return checked(tree, origin);
}

/** Returns true if the environment may have a `PXEBOOT_` variable that sets no key. */
function hasUnknownVariable(env: ConfigInputs['env']): boolean {
  const names = Object.keys(env).filter((name) => name.startsWith('PXEBOOT_'));
  const known = new Set(['PXEBOOT_CONFIG', ...plainKeys().map(({ env: name }) => name)]);
  return names.some((name) => !known.has(name));
}

/** Returns the paths where the configuration file may be: the given one, or the search path. */
export function configFilePaths(inputs: ConfigInputs): readonly string[] {
  const named = namedFile(inputs);
  return named === undefined ? CONFIG_SEARCH_PATH : [named.path];
}

function namedFile({ file, env }: ConfigInputs): NamedConfigFile | undefined {
  if (file !== undefined) {
    return { path: file, setBy: '--config' };
  }
  // An empty variable counts as unset.
  const path = env['PXEBOOT_CONFIG'] ?? '';
  return path === '' ? undefined : { path, setBy: 'PXEBOOT_CONFIG' };
}

/** Top-level key of the configuration. */
export type Section = keyof ServerConfig;

/**
 * Returns a function that returns true for the top-level keys to read: those in `sections`, those set by flags,
 * and unknown ones, which are always reported since they may be misspelt.
 */
function sectionFilter(
  sections: readonly Section[] | undefined,
  flags: ConfigInputs['flags'],
): (name?: string) => boolean {
  if (sections === undefined) {
    return () => true;
  }
  const read = new Set([...sections, ...[...flags.keys()].map(sectionOf)]);
  const known = new Set(configKeys().map(({ path }) => sectionOf(path)));
  return (name = '') => read.has(name) || !known.has(name);
}

function sectionOf(path: string): string {
  return path.replace(/\..*/, '');
}

/**
 * Returns the tree without the sections to leave out. In YAML, a section whose keys are all commented out is
 * null.
 */
function withoutSections(tree: Tree, isLeftOut: (name: string, value: unknown) => boolean): Tree {
  return Object.fromEntries(
    Object.entries(tree).filter(([name, value]) => !isLeftOut(name, value)),
  );
}
