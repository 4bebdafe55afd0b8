import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';

import { ConfigError } from '../errors.js';

/** Content of a configuration file, and the position of each key. */
export interface ConfigFile {
  readonly path: string;
  readonly content: unknown;
  /** True if the file is empty, without even a comment, as after a failed write. */
  readonly isBlank: boolean;
  /**
   * Returns the line of a key, or of its closest parent if the file does not contain it, as in
   * `pxeboot.yaml:3`.
   */
  sourceOf(path: readonly PropertyKey[]): string;
}

/** Hint for values such as `listen: *:8069`, which YAML parses as an undefined alias. */
const QUOTE_HINT = '; quote values that begin with *';

/**
 * Parses the text of a configuration file.
 *
 * @throws {@link ConfigError} when `text` is not YAML, is not a mapping or repeats a key
 */
export function parseConfigFile(path: string, text: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Left to repeatedKeys: the parser would compare each key with all others, which takes minutes for a long
    // file.
    uniqueKeys: false,
  });
  const lineOf = (offset: number): string => `${path}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => ({
        key: '',
        source: lineOf(error.pos[0]),
        message: `not valid YAML: ${error.message}${error.code === 'BAD_ALIAS' ? QUOTE_HINT : ''}`,
      })),
    );
  }
  const repeated = repeatedKeys(document);
  if (repeated.length > 0) {
    throw new ConfigError(
      repeated.map(({ name, offset }) => ({
        key: '',
        source: lineOf(offset),
        message: `not valid YAML: the key ${name} occurs twice`,
      })),
    );
  }
  let content: unknown;
  try {
    content = document.toJS() ?? {};
  } catch (error) {
    if (!(error instanceof ReferenceError)) {
      throw error;
    }
    const message = `not valid YAML: ${error.message}${QUOTE_HINT}`;
    throw new ConfigError([{ key: '', source: path, message }]);
  }
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new ConfigError([
      {
        key: '',
        source: `${path}:1`,
        message: 'expected keys and values, such as "dataDir: /srv"',
      },
    ]);
  }
  const indexes: Indexes = new WeakMap();
  return {
    path,
    content,
    isBlank: text.trim() === '',
    sourceOf(keyPath) {
      const offset = offsetOf(document.contents, keyPath, indexes);
      return offset === undefined ? path : lineOf(offset);
    },
  };
}

/**
 * Values of mappings by key, for each mapping that was searched; the library would compare each key with all
 * others.
 */
type Indexes = WeakMap<YAMLMap, ReadonlyMap<string, unknown>>;

/** Returns the offset of a key in the text, or of its closest parent; undefined if it has neither. */
function offsetOf(
  root: unknown,
  keyPath: readonly PropertyKey[],
  indexes: Indexes,
): number | undefined {
  let offset: number | undefined;
  let node = root;
  for (const key of keyPath) {
    node = isMap(node)
      ? indexOf(node, indexes).get(String(key))
      : isSeq(node)
        ? node.items[Number(key)]
        : undefined;
    if (!isNode(node)) {
      break;
    }
    offset = node.range?.[0] ?? offset;
  }
  return offset;
}

function indexOf(map: YAMLMap, indexes: Indexes): ReadonlyMap<string, unknown> {
  const known = indexes.get(map);
  if (known !== undefined) {
    return known;
  }
  const index = new Map(
    map.items.map(({ key, value }) => [String(isScalar(key) ? key.value : key), value]),
  );
  indexes.set(map, index);
  return index;
}

/** Key that occurs more than once in its mapping, and the offset of the repetition in the text. */
interface RepeatedKey {
  readonly name: string;
  readonly offset: number;
}

function repeatedKeys(document: Document.Parsed): readonly RepeatedKey[] {
  const repeated: RepeatedKey[] = [];
  visit(document, {
    Map(_key, { items }) {
      const names = new Set<string>();
      for (const { key } of items) {
        const name = isScalar(key) ? String(key.value) : String(key);
        if (names.has(name)) {
          const range = isNode(key) ? key.range : undefined;
          const [offset] = range ?? [0];
          repeated.push({ name, offset });
        }
        names.add(name);
      }
    },
  });
  return repeated;
}
