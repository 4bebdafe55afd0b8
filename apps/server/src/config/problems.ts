import { distance } from 'fastest-levenshtein';
import { type z } from 'zod';

import { type ConfigProblem } from '../errors.js';
import {
  urlWithoutCredentials,
  valueWithoutCredentials,
  withoutCredentials,
} from './credentials.js';
import { configKeys, FILE_ONLY, isSecretPath, plainKeys } from './keys.js';
import { type ConfigFile } from './parse-file.js';
import { keysBelow } from './schema-keys.js';
import { valueAt } from './tree.js';

/** Input that a configuration was created from, to quote and locate its problems. */
export interface ConfigOrigin {
  /** Values before validation. */
  readonly tree: unknown;
  /** Origin of each key; see LoadedConfig. */
  readonly origins: ReadonlyMap<string, string>;
  readonly file: ConfigFile | undefined;
}

/**
 * Yields a problem for each `PXEBOOT_` variable that sets nothing because it is misspelt or names a
 * structure, and would otherwise be silently ignored.
 */
export function* unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
): Generator<ConfigProblem> {
  const known = ['PXEBOOT_CONFIG', ...plainKeys().map(({ env: name }) => name)];
  const structures = configKeys().filter(({ kind }) => kind === 'structure');
  for (const [name, value = ''] of Object.entries(env)) {
    if (!name.startsWith('PXEBOOT_') || known.includes(name)) {
      continue;
    }
    // For a Service named pxeboot, Kubernetes puts PXEBOOT_SERVICE_HOST, PXEBOOT_PORT_69_UDP... into the
    // environment of all pods in its namespace.
    if (
      /_SERVICE_(?:HOST|PORT)(?:_|$)/.test(name) ||
      /_PORT_\d{1,5}_(?:TCP|UDP|SCTP)(?:_|$)/.test(name)
    ) {
      continue;
    }
    if (name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(value)) {
      continue;
    }
    const structure = structures.find(({ env: own }) => name === own);
    if (structure !== undefined) {
      yield { key: structure.path, source: name, message: FILE_ONLY };
      continue;
    }
    yield { key: '', source: name, message: `unknown setting${suggestion(name, known)}` };
  }
}

/**
 * Yields the problems that a schema issue stands for, each with its key, its source and the expected value.
 */
export function* problemsOf(
  issue: z.core.$ZodIssue,
  origin: ConfigOrigin,
): Generator<ConfigProblem> {
  const { tree, origins, file } = origin;
  const meant = issue.code === 'invalid_union' ? meantAlternative(issue) : undefined;
  if (meant !== undefined) {
    for (const inner of meant) {
      yield* problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, origin);
    }
    return;
  }
  if (issue.code === 'unrecognized_keys') {
    const known = keysBelow(issue.path);
    for (const name of issue.keys) {
      const path = [...issue.path, name];
      const message = `unknown key${suggestion(name, known)}`;
      yield { key: keyText(path), source: sourceOf(path, origins, file), message };
    }
    return;
  }
  const hide = isUrlKey(issue.path) ? urlWithoutCredentials : withoutCredentials;
  const value = valueWithoutCredentials(valueAt(tree, issue.path), hide);
  const isShown = value !== undefined && !isSecretPath(issue.path);
  const words = wording(issue, value);
  const quoted = JSON.stringify(value);
  const isQuoted = typeof value === 'string' && words.includes(quoted);
  const got = isShown && !isQuoted ? ` (got ${shortened(quoted)})` : '';
  yield {
    key: keyText(issue.path),
    source: sourceOf(issue.path, origins, file),
    message: `${words}${got}`,
  };
}

/**
 * Returns problems in the order in which they are easiest to fix: first those of the file, from the first
 * line to the last, then those of variables, flags and defaults.
 */
export function inOrder(
  problems: readonly ConfigProblem[],
  file: string | undefined,
): readonly ConfigProblem[] {
  const placeOf = ({ source }: ConfigProblem): readonly [rank: number, line: number] => {
    if (file !== undefined && (source === file || source.startsWith(`${file}:`))) {
      return [0, Number(source.slice(file.length + 1))];
    }
    const rank = ['PXEBOOT_', '--', 'default', ''].findIndex((start) => source.startsWith(start));
    return [rank + 1, 0];
  };
  return problems.toSorted((one, other) => {
    const [rank, line] = placeOf(one);
    const [otherRank, otherLine] = placeOf(other);
    return rank - otherRank || line - otherLine;
  });
}

/** Maximum length of a quoted value, in characters. */
const MAX_QUOTED = 500;

function shortened(text: string): string {
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED - 3)}...` : text;
}

function isUrlKey(path: readonly PropertyKey[]): boolean {
  return path.some((part) => /url$/i.test(String(part)));
}

/**
 * Returns the issues of the alternative that was probably meant: the one whose type matches the value. Undefined if
 * there is none, or if it only lists words, since the message of all alternatives names those as well.
 */
function meantAlternative(
  issue: z.core.$ZodIssueInvalidUnion,
): readonly z.core.$ZodIssue[] | undefined {
  const fits = (issues: readonly z.core.$ZodIssue[]): boolean =>
    !issues.some(
      ({ code, path }) => path.length === 0 && ['invalid_type', 'invalid_value'].includes(code),
    );
  return issue.errors.find(fits);
}

function wording(issue: z.core.$ZodIssue, value: unknown): string {
  const isList = issue.code === 'invalid_type' && issue.expected === 'array';
  if (!isList) {
    return issue.message;
  }
  const name = issue.path.findLast((part) => typeof part === 'string') ?? '';
  const isPlain = typeof value === 'string' || typeof value === 'number';
  return `expected a list${isPlain ? `, as in "${name}: [${shortened(String(value))}]"` : ''}`;
}

function sourceOf(
  path: readonly PropertyKey[],
  origins: ReadonlyMap<string, string>,
  file: ConfigFile | undefined,
): string {
  for (let length = path.length; length > 0; length--) {
    const origin = origins.get(path.slice(0, length).join('.'));
    if (origin === undefined) {
      continue;
    }
    return file !== undefined && origin.startsWith(file.path) ? file.sourceOf(path) : origin;
  }
  return file?.sourceOf(path) ?? 'default';
}

/**
 * Returns the known name that was probably meant, as the end of a sentence; an empty string if none is
 * similar.
 */
export function suggestion(name: string, known: readonly string[]): string {
  const [best] = known
    .map((candidate) => ({ candidate, edits: distance(name, candidate) }))
    .sort((a, b) => a.edits - b.edits);
  if (best === undefined || best.edits > Math.max(2, name.length / 4)) {
    return '';
  }
  return `; did you mean ${best.candidate}?`;
}

/** Formats a path: `['images', 0, 'suite']` becomes `images[0].suite`. */
export function keyText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
