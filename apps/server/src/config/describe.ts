import { valueWithoutCredentials } from './credentials.js';
import { shownHookUrl } from './hook-url.js';
import { configKeys, SECRET_KEYS } from './keys.js';
import { formatListenAddress, type ListenAddress } from './listen-address.js';
import { type PlacedConfig } from './loaded-config.js';
import { mapValues, valueAt } from './tree.js';

/** Key with the value that is in force. */
export interface DescribedKey {
  readonly key: string;
  readonly description: string;
  /** Value as it can be written in the file; undefined if it is unset or hidden. */
  readonly value: unknown;
  /** Place where the value was set: a line of a file, a variable, a flag or `default`. */
  readonly source: string;
  /** True for a token that is set; its value is hidden. */
  readonly isSecret: boolean;
}

/**
 * Returns every key with its value and source in a form suitable for JSON, without tokens or passwords.
 */
export function configData(loaded: PlacedConfig): object {
  return {
    keys: describedKeys(loaded).map(({ key, value, source, isSecret }) => ({
      key,
      ...(value === undefined ? {} : { value }),
      source,
      ...(isSecret ? { hidden: true } : {}),
    })),
  };
}

/** Returns one line per key: the effective value and where it was set. */
export function describeConfig(loaded: PlacedConfig): string {
  const rows = describedKeys(loaded).map(({ key, value, source, isSecret }) => {
    const text = isSecret ? HIDDEN : value === undefined ? '(unset)' : JSON.stringify(value);
    return { text: `${key} = ${text}`, source };
  });
  const width = Math.max(...rows.map(({ text }) => text.length));
  return rows.map(({ text, source }) => `${text.padEnd(width)}  # ${source}`).join('\n');
}

/** Text shown instead of a hidden value. */
const HIDDEN = '(hidden)';

/** Keys of durations whose values are in seconds; all others are in milliseconds. */
const IN_SECONDS: ReadonlySet<string> = new Set(['menu.timeout']);

/** Returns a duration as text in the largest unit that makes it a whole number: `90m`, not `1.5h`. */
function durationText(milliseconds: number): string {
  if (milliseconds === 0) {
    return '0s';
  }
  const [unit = 'ms', size = 1] =
    Object.entries({ h: 3_600_000, m: 60_000, s: 1000 }).find(
      ([, unitMs]) => milliseconds % unitMs === 0,
    ) ?? [];
  return `${milliseconds / size}${unit}`;
}

/**
 * Returns every key with its value and source. Tokens, passwords in URLs, the values of variables, and the
 * paths of hooks are hidden; profiles are left out.
 */
export function describedKeys({ config, origins }: PlacedConfig): readonly DescribedKey[] {
  return configKeys().flatMap(({ path, kind, description }): DescribedKey[] => {
    const value = valueAt(config, path.split('.'));
    if (isSection(value)) {
      return [];
    }
    const source = origins.get(path) ?? 'default';
    if (SECRET_KEYS.has(path) && value !== undefined) {
      return [{ key: path, description, value: undefined, source, isSecret: true }];
    }
    const isDuration = kind === 'duration' && typeof value === 'number' && !IN_SECONDS.has(path);
    const written = isDuration ? durationText(value) : writtenForm(value);
    const shown = HIDING[path]?.(written) ?? written;
    return [{ key: path, description, value: shown, source, isSecret: false }];
  });
}

/** Returns a value as written in the file, without credentials. */
function writtenForm(value: unknown): unknown {
  const shown = valueWithoutCredentials(value);
  return Array.isArray(shown)
    ? shown.map((item: unknown) => (isListenAddress(item) ? formatListenAddress(item) : item))
    : shown;
}

/** Returns hosts without the values of their variables, which may be passwords. */
function withoutVariables(hosts: unknown): unknown {
  return Array.isArray(hosts)
    ? hosts.map((host: { readonly variables?: object }) =>
        host.variables === undefined
          ? host
          : { ...host, variables: mapValues({ ...host.variables }, () => HIDDEN) },
      )
    : hosts;
}

/** Returns hooks with only the origins of their URLs. */
function withoutPaths(hooks: unknown): unknown {
  return Array.isArray(hooks)
    ? hooks.map((hook: { readonly url: string }) => ({ ...hook, url: shownHookUrl(hook.url) }))
    : hooks;
}

/** Functions that hide the secret parts of a key's value. */
const HIDING: Readonly<Record<string, (written: unknown) => unknown>> = {
  hosts: withoutVariables,
  hooks: withoutPaths,
};

/** Returns true for a section given in place of a word; its keys are listed separately. */
function isSection(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListenAddress(value: unknown): value is ListenAddress {
  return typeof value === 'object' && value !== null && 'address' in value && 'port' in value;
}
