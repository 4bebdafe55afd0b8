import { type ConfigKey, type KeyKind } from './config-key.js';
import { KEY_TABLE } from './key-table.js';

/** Keys whose values are never printed. */
export const SECRET_KEYS: ReadonlySet<string> = new Set(['admin.token', 'admin.readToken']);

/** Returns true if the value at a path is never printed: a token, or a value that may contain a password. */
export function isSecretPath(path: readonly PropertyKey[]): boolean {
  const names = path.filter((part) => typeof part === 'string');
  const [section] = names;
  return (
    SECRET_KEYS.has(names.join('.')) ||
    (section === 'profiles' && names.some((name) => /^(?:password|passphrase|raw$)/.test(name)))
  );
}

/** Message for a variable or flag whose key is a structure. */
export const FILE_ONLY = 'this can only be set in the configuration file';

/** Returns every key, in the order of the schema. */
export function configKeys(): readonly ConfigKey[] {
  return KEY_TABLE;
}

/** Returns the keys that have an environment variable and a flag. */
export function plainKeys(): readonly ConfigKey[] {
  return KEY_TABLE.filter(({ kind }) => kind !== 'structure');
}

/**
 * Converts the text of a key to its value. Text that does not fit the kind is returned unchanged,
 * so that the schema reports what it expected.
 */
export function valueFromText(kind: KeyKind, text: string): unknown {
  switch (kind) {
    case 'list':
      return splitList(text);
    case 'number':
      return /^-?\d+$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'text':
    case 'duration':
    case 'structure':
      return text;
  }
}

/** Splits a text at its commas into trimmed items, and drops empty ones. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
