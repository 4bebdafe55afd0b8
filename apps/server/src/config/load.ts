import { distance } from 'fastest-levenshtein';
import type { z } from 'zod';

import { ConfigError, type ConfigProblem } from './errors.js';
import { readConfigFile, type ConfigFile } from './file.js';
import { configKeys, SECRET_KEYS, valueFromText } from './keys.js';
import { configSchema, isAdminExposed, type ServerConfig } from './schema.js';

/** What the configuration is made from; later ones win: file, environment, flags. */
export interface ConfigInputs {
  /** `--config`; otherwise PXEBOOT_CONFIG, otherwise the search path. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of each flag given, by key path (`tftp.singlePort`). */
  readonly flags: ReadonlyMap<string, string>;
}

/** A configuration, and where each of its keys was said. */
export interface LoadedConfig {
  readonly config: ServerConfig;
  /** Key path to `pxeboot.yaml:3`, `PXEBOOT_LOG_LEVEL`, `--log-level`; absent: the default. */
  readonly origins: ReadonlyMap<string, string>;
}

type Tree = Record<string, unknown>;

/**
 * Reads, merges and checks the configuration.
 *
 * @throws {@link ConfigError} with every problem at once.
 */
export async function loadConfig(inputs: ConfigInputs): Promise<LoadedConfig> {
  const file = await readConfigFile(inputs.file ?? nonEmpty(inputs.env['PXEBOOT_CONFIG']));
  const tree = withoutEmptySections(structuredClone(file?.content ?? {}) as Tree);
  const origins = new Map<string, string>();
  const problems = [...unknownVariables(inputs.env)];
  for (const key of configKeys()) {
    const path = key.path.split('.');
    if (file !== undefined && at(tree, path) !== undefined) {
      origins.set(key.path, file.sourceOf(path));
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
  const result = configSchema.safeParse(tree);
  if (!result.success) {
    problems.push(
      ...result.error.issues.flatMap((issue) => problemsOf(issue, tree, origins, file)),
    );
  } else if (isAdminExposed(result.data) && result.data.admin.token === undefined) {
    problems.push({
      key: 'admin.token',
      source: origins.get('admin.listen') ?? 'default',
      message:
        'the admin interface listens beyond loopback and has no token; set admin.token (PXEBOOT_ADMIN_TOKEN), or listen on 127.0.0.1',
    });
  }
  if (result.success && asksForAdvertise(result.data)) {
    problems.push({
      key: 'tftp.listen',
      source: origins.get('tftp.listen') ?? 'default',
      message:
        'a wildcard address does not tell which address a machine asked; use auto, list the addresses, or set advertise',
    });
  }
  if (problems.length > 0 || !result.success) throw new ConfigError(problems);
  return { config: result.data, origins };
}

function asksForAdvertise({ advertise, tftp }: ServerConfig): boolean {
  const isWildcard = tftp.listen.some(({ address }) => address === '0.0.0.0' || address === '::');
  return isWildcard && advertise === 'auto';
}

/** An empty variable counts as unset. */
function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** A section whose keys are all commented out is null in YAML. */
function withoutEmptySections(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== null));
}

/** Misspelt variables would otherwise be ignored without a word. */
function* unknownVariables(env: ConfigInputs['env']): Generator<ConfigProblem> {
  const known = ['PXEBOOT_CONFIG', ...configKeys().map(({ env: name }) => name)];
  for (const [name, value = ''] of Object.entries(env)) {
    if (!name.startsWith('PXEBOOT_') || known.includes(name)) continue;
    // Kubernetes puts PXEBOOT_SERVICE_HOST, PXEBOOT_PORT_69_UDP... into pods beside a Service.
    if (/_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP|SCTP)(_|$)/.test(name)) continue;
    if (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value)) continue;
    yield { key: '', source: name, message: `no such setting${suggestion(name, known)}` };
  }
}

function problemsOf(
  issue: z.core.$ZodIssue,
  tree: Tree,
  origins: ReadonlyMap<string, string>,
  file: ConfigFile | undefined,
): ConfigProblem[] {
  const source = sourceOf(issue.path, origins, file);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => {
      const path = [...issue.path, name];
      const known = configKeys().flatMap(({ path: key }) => siblingsOf(key, issue.path));
      return {
        key: keyText(path),
        source: sourceOf(path, origins, file),
        message: `no such key${suggestion(name, known)}`,
      };
    });
  }
  const value = at(tree, issue.path);
  const isShown = value !== undefined && !SECRET_KEYS.has(issue.path.join('.'));
  const got = isShown ? ` (got ${JSON.stringify(value)})` : '';
  return [{ key: keyText(issue.path), source, message: `${issue.message}${got}` }];
}

/** The name that `key` has directly below `parents`, if it lies there. */
function siblingsOf(key: string, parents: readonly PropertyKey[]): string[] {
  const parts = key.split('.');
  const isBelow = parents.every((parent, index) => parts[index] === parent);
  const name = parts[parents.length];
  return isBelow && name !== undefined ? [name] : [];
}

function sourceOf(
  path: readonly PropertyKey[],
  origins: ReadonlyMap<string, string>,
  file: ConfigFile | undefined,
): string {
  for (let length = path.length; length > 0; length--) {
    const origin = origins.get(path.slice(0, length).join('.'));
    if (origin === undefined) continue;
    return file !== undefined && origin.startsWith(file.path) ? file.sourceOf(path) : origin;
  }
  return file?.sourceOf(path) ?? 'default';
}

function suggestion(name: string, known: readonly string[]): string {
  const [best] = known
    .map((candidate) => ({ candidate, edits: distance(name, candidate) }))
    .sort((a, b) => a.edits - b.edits);
  if (best === undefined || best.edits > Math.max(2, name.length / 4)) return '';
  return `; did you mean ${best.candidate}?`;
}

/** `['images', 0, 'suite']` becomes `images[0].suite`. */
function keyText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function at(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, part) =>
      typeof node === 'object' && node !== null
        ? (node as Record<PropertyKey, unknown>)[part]
        : undefined,
    tree,
  );
}

function put(tree: Tree, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    tree[name] = value;
    return;
  }
  const child = tree[name];
  const branch = typeof child === 'object' && child !== null ? (child as Tree) : {};
  tree[name] = branch;
  put(branch, rest, value);
}
