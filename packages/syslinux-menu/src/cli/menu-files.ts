import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

import { parseNetworkName } from '../model/paths.js';
import { type ParseSyslinuxOptions } from '../parse/parse.js';

/** Command-line argument that stands for standard input. */
export const STANDARD_INPUT = '-';

/** Options for looking up the files that a menu file names, and the loader whose rules apply. */
export interface MenuFileOptions {
  /** Content of standard input, for the file `-`. @default empty */
  readonly standardInput?: Uint8Array;
  /** Directory that syslinux sees as its root, or pxelinux as its prefix. @default none */
  readonly root?: string;
  /**
   * Loader whose rules apply.
   *
   * @default 'u-boot' for a file that names device trees and no menu program, otherwise 'syslinux'
   */
  readonly loader?: LoaderName;
}

/** Loaders that read files of this format, each in its own way. */
export const LOADERS = ['syslinux', 'u-boot'] as const;

/** One of {@link LOADERS}. */
export type LoaderName = (typeof LOADERS)[number];

/**
 * Returns the options for parsing a menu file on disk. Included files are looked up in the root
 * directory or, without one, next to the file and in the parent directory, since the file may be in
 * `pxelinux.cfg`. With a root directory, missing files of any kind are reported as well.
 */
export function parseOptionsFor(
  file: string,
  { root, loader }: MenuFileOptions = {},
): ParseSyslinuxOptions {
  const folder = file === STANDARD_INPUT ? process.cwd() : dirname(resolve(file));
  const folders = root === undefined ? [folder, dirname(folder)] : [resolve(root)];
  const pathOf = (name: string): string | undefined => {
    const { type, path } = parseNetworkName(name);
    if (type === 'url') {
      return undefined;
    }
    const plain = path.replace(/^\/+/, '');
    // A menu may name files above its root, which a boot server does not serve.
    return folders
      .map((directory) => ({ directory, found: join(directory, plain) }))
      .filter(({ directory, found }) => isWithin(directory, found))
      .map(({ found }) => found)
      .find((found) => existsSync(found) && statSync(found).isFile());
  };
  return {
    fileName: file === STANDARD_INPUT ? 'standard input' : file,
    ...(loader !== undefined && { loader }),
    resolveInclude: (name) => {
      const path = pathOf(name);
      return path === undefined ? undefined : readFileSync(path);
    },
    ...(root !== undefined && {
      hasFile: (name: string) => pathOf(name) !== undefined,
      readStart: (name: string) => {
        const path = pathOf(name);
        return path === undefined ? undefined : firstBytes(path);
      },
    }),
  };
}

/** Returns true if a path is that of the directory itself or of something below it. */
function isWithin(directory: string, found: string): boolean {
  const way = relative(directory, found);
  // On Windows, `relative` returns an absolute path for another drive.
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Returns the content of a stream, such as standard input for {@link MenuFileOptions.standardInput}. */
export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Number of leading bytes of a module to read; the first five tell its format. */
const START_BYTES = 16;

function firstBytes(path: string): Uint8Array {
  const bytes = new Uint8Array(START_BYTES);
  const descriptor = openSync(path, 'r');
  try {
    return bytes.subarray(0, readSync(descriptor, bytes, 0, START_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}
