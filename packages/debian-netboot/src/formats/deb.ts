import { NetbootError } from '../errors.js';
import { readAr } from './ar.js';
import { compressionOf, decompress, type DecompressionLimits } from './decompress.js';
import { type TarLimits } from './tar-policy.js';
import { readTar, type TarFile, type TarReading } from './tar.js';

/** Limits that allow for more than twice the size of the largest package read here. */
const LIMITS: DecompressionLimits & TarLimits = {
  maxBytes: 1024 * 1024 * 1024,
  maxRatio: 200,
  maxEntries: 20_000,
  maxFileBytes: 512 * 1024 * 1024,
  maxTotalBytes: 1024 * 1024 * 1024,
};

/**
 * Reads the regular files that a Debian package (deb(5)) would install, one at a time.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_ARCHIVE` or `ERR_NETBOOT_HOSTILE_ARCHIVE`
 */
export function readDebFiles(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<TarFile, void, undefined> {
  return readDeb(content, {});
}

/**
 * Returns the paths of the regular files and symlinks that a Debian package would install.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_ARCHIVE` or `ERR_NETBOOT_HOSTILE_ARCHIVE`
 */
export async function readDebPaths(content: AsyncIterable<Uint8Array>): Promise<readonly string[]> {
  const paths: string[] = [];
  const add = (path: string): void => {
    paths.push(path);
  };
  for await (const { path } of readDeb(content, { onLink: add })) {
    add(path);
  }
  return paths;
}

async function* readDeb(
  content: AsyncIterable<Uint8Array>,
  reading: TarReading,
): AsyncGenerator<TarFile, void, undefined> {
  let isDeb = false;
  for await (const member of readAr(content)) {
    if (!isDeb) {
      await checkFormatVersion(member.name, member.content);
      isDeb = true;
    } else if (/^data\.tar(?:\.gz|\.xz)?$/.test(member.name)) {
      const tar = decompress(member.content, compressionOf(member.name), LIMITS);
      yield* readTar(tar, LIMITS, reading);
      return;
    }
  }
  throw malformed('data.tar, data.tar.gz or data.tar.xz is missing');
}

async function checkFormatVersion(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  let version = '';
  for await (const piece of content) {
    version = (version + new TextDecoder('latin1').decode(piece)).slice(0, 16);
  }
  if (name !== 'debian-binary' || !/^2\.\d+\n/.test(version)) {
    throw malformed('expected debian-binary of version 2 as the first member');
  }
}

function malformed(why: string): NetbootError {
  return new NetbootError('ERR_NETBOOT_MALFORMED_ARCHIVE', `not a Debian package: ${why}`);
}
