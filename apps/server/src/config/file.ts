import { readFile } from 'node:fs/promises';

import { isNode, LineCounter, parseDocument } from 'yaml';

import { ConfigError } from '../errors.js';
import { foreignReason } from './file-owner.js';

/** Content of a configuration file, and the position of each key. */
export interface ConfigFile {
  readonly path: string;
  readonly content: unknown;
  /** `pxeboot.yaml:3` for the key at `path`, or for its closest parent. */
  sourceOf(path: readonly PropertyKey[]): string;
}

/** Paths tried when no configuration file is given; the first that exists is used. */
export const CONFIG_SEARCH_PATH = ['./pxeboot.yaml', '/etc/pxeboot/pxeboot.yaml'] as const;

/**
 * Reads the configuration file: the given one, or the first of {@link CONFIG_SEARCH_PATH}. A file from
 * the search path must belong to this user or root, as must its directory.
 *
 * @throws {@link ConfigError} when a given file cannot be read, the file is not YAML, or a file from the
 * search path may belong to someone else
 */
export async function readConfigFile(named: string | undefined): Promise<ConfigFile | undefined> {
  if (named !== undefined) {
    const text = await readFile(named, 'utf8').catch((error: unknown) => {
      const message = `cannot read this file (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
      throw new ConfigError([{ key: '', source: named, message }]);
    });
    return parseConfigFile(named, text);
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
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return undefined;
    }
    throw new ConfigError([{ key: '', source: path, message: `cannot read this file (${code})` }]);
  }
}

/** `listen: *:8069` without quotes is an undefined YAML alias. */
const QUOTE_HINT = '; quote values that begin with *';

/** @throws {@link ConfigError} when `text` is not YAML or not a mapping */
export function parseConfigFile(path: string, text: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
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
