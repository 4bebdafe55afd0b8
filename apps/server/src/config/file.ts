import { isAbsolute, resolve } from 'node:path';

import { ConfigError } from '../errors.js';
import { foreignReason } from './file-owner.js';
import { fileReason, isMissingFile } from './file-reason.js';
import { type ConfigFile } from './parse-file.js';
import { MAX_FILE_BYTES, readShortFile } from './short-file.js';

/** Paths tried when no configuration file is given; the first that exists is used. */
export const CONFIG_SEARCH_PATH = ['./pxeboot.yaml', '/etc/pxeboot/pxeboot.yaml'] as const;

/** Configuration file that the user has named. */
export interface NamedConfigFile {
  readonly path: string;
  /** Flag or variable that names it. */
  readonly setBy: '--config' | 'PXEBOOT_CONFIG';
}

/**
 * Reads the configuration file: the given one, or the first of {@link CONFIG_SEARCH_PATH}; returns undefined
 * if none of these exists. A file from the search path and its directory must belong to this user or root,
 * and no one else may write to them.
 *
 * @throws {@link ConfigError} when the file cannot be read, is too long or is not valid YAML with keys and
 * values, or when someone else may have written a file from the search path
 */
export async function readConfigFile(
  named: NamedConfigFile | undefined,
): Promise<ConfigFile | undefined> {
  if (named !== undefined) {
    return parsed(named.path, await readText(named.path, missingRemedy(named)));
  }
  for (const path of CONFIG_SEARCH_PATH) {
    const text = await readIfPresent(path);
    if (text === undefined) {
      continue;
    }
    const reason = await foreignReason(path);
    if (reason !== undefined) {
      const message = `${reason}; if you trust it, pass it with "--config ${path}"`;
      throw new ConfigError([{ key: '', source: path, message }]);
    }
    return parsed(path, text);
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

function missingRemedy({ path, setBy }: NamedConfigFile): string {
  const place = isAbsolute(path) ? '' : `there is no ${resolve(path)}; `;
  return `${place}correct ${setBy}, or leave it out to use ${CONFIG_SEARCH_PATH.join(', ')} or the defaults`;
}

/**
 * Reads the text of a file.
 *
 * @param ifMissing - hint to add to the message if the file does not exist
 * @throws {@link ConfigError} when it cannot be read, or is too long
 */
async function readText(path: string, ifMissing?: string): Promise<string> {
  let bytes: Buffer | undefined;
  try {
    bytes = await readShortFile(path);
  } catch (cause) {
    const remedy = isMissingFile(cause) && ifMissing !== undefined ? `; ${ifMissing}` : '';
    const message = `${fileReason(cause)}${remedy}`;
    throw new ConfigError([{ key: '', source: path, message }], { cause });
  }
  if (bytes === undefined) {
    const message = `expected at most ${MAX_FILE_BYTES} bytes; this is not a pxeboot configuration`;
    throw new ConfigError([{ key: '', source: path, message }]);
  }
  return bytes.toString('utf8');
}

async function parsed(path: string, text: string): Promise<ConfigFile> {
  // Most commands run without a file, and loading the parser takes longer than running such a command.
  const { parseConfigFile } = await import('./parse-file.js');
  return parseConfigFile(path, text);
}
