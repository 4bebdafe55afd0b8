import { type Document, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';

import { ConfigError } from '../errors.js';
import { foreignReason } from './file-owner.js';
import { fileReason, isMissingFile } from './file-reason.js';
import { MAX_FILE_BYTES, readShortFile } from './short-file.js';

/** Content of a configuration file, and the position of each key. */
export interface ConfigFile {
  readonly path: string;
  readonly content: unknown;
  /** True if the file is empty, without even a comment, as after a failed write. */
  readonly isBlank: boolean;
  /**
   * Returns the line of a key, or of its closest parent if the file does not have it, as in `pxeboot.yaml:3`.
   */
  sourceOf(path: readonly PropertyKey[]): string;
}

/** Paths tried when no configuration file is given; the first that exists is used. */
export const CONFIG_SEARCH_PATH = ['./pxeboot.yaml', '/etc/pxeboot/pxeboot.yaml'] as const;

/**
 * Reads the configuration file: the given one, or the first of {@link CONFIG_SEARCH_PATH}; returns undefined
 * if none of these exists. A file from the search path and its directory must belong to this user or root,
 * and no one else may write to them.
 *
 * @throws {@link ConfigError} when the file cannot be read, is too long or is not valid YAML with keys and
 * values, or when someone else may have written a file from the search path
 */
export async function readConfigFile(named: string | undefined): Promise<ConfigFile | undefined> {
  if (named !== undefined) {
    return parseConfigFile(named, await readText(named));
  }
  for (const path of CONFIG_SEARCH_PATH) {
    const text = await readIfPresent(path);
    if (text === undefined) {
      continue;
    }
    const reason = await foreignReason(path);
    if (reason !== undefined) {
      const message = `${reason}; if you trust it, name it with "--config ${path}"`;
      throw new ConfigError([{ key: '', source: path, message }]);
    }
    return parseConfigFile(path, text);
  }
  return undefined;
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readText(path);
  } catch (error) {
    if (isMissingFile((error as Error).cause)) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Reads the text of a file.
 *
 * @throws {@link ConfigError} when it cannot be read, or is too long
 */
async function readText(path: string): Promise<string> {
  let bytes: Buffer | undefined;
  try {
    bytes = await readShortFile(path);
  } catch (cause) {
    throw new ConfigError([{ key: '', source: path, message: fileReason(cause) }], { cause });
  }
  if (bytes === undefined) {
    const message = `expected at most ${MAX_FILE_BYTES} bytes; this is not a pxeboot configuration`;
    throw new ConfigError([{ key: '', source: path, message }]);
  }
  return bytes.toString('utf8');
}

/** Hint for values such as `listen: *:8069`, which YAML takes for an undefined alias. */
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
    // Left to repeatedKeys: the parser compares each key with all others, for minutes if a file is long.
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
  return {
    path,
    content,
    isBlank: text.trim() === '',
    sourceOf(keyPath) {
      for (let length = keyPath.length; length > 0; length--) {
        const node = document.getIn(keyPath.slice(0, length), true);
        if (isNode(node) && node.range) {
          return lineOf(node.range[0]);
        }
      }
      return path;
    },
  };
}

/** Key that occurs again in its mapping, and the offset of the repetition in the text. */
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
