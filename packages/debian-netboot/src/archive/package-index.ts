import { NetbootError } from '../errors.js';
import { isPlainPath } from '../formats/plain-path.js';
import { fieldOf, fieldsIn, readStanzaBlocks, stanzaAt } from './stanzas.js';

/** A binary package as a Packages index lists it. */
export interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Relative to the archive's root: `pool/main/s/syslinux/...`. */
  readonly filename: string;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** Length in bytes. */
  readonly size: number;
}

/** Maximum number of entries taken from an index. Debian's have fewer than 10 that are wanted here. */
const MAX_FOUND = 100;

/** Maximum length of a kernel's version, in characters; Linux itself has 64. */
const MAX_VERSION_LENGTH = 256;

/**
 * Finds packages in a Packages index. The index is searched while it arrives, before its hash is
 * known: what is kept of it is bounded.
 *
 * @param content - the index, uncompressed
 * @param starts - how the names begin that are wanted; a few, and long ones: the index is searched for
 *   each
 * @param isWanted - tells by name which of those to take
 * @throws NetbootError `ERR_NETBOOT_MALFORMED_INDEX` for a wanted package whose entry cannot be used,
 *   or for more of them than any archive has
 */
export async function findPackages(
  content: AsyncIterable<Uint8Array>,
  starts: readonly string[],
  isWanted: (name: string) => boolean,
): Promise<PackageFile[]> {
  const found: PackageFile[] = [];
  for await (const block of readStanzaBlocks(content)) {
    for (const start of starts) {
      for (const { offset, value: name } of fieldsIn(block, 'Package', start)) {
        if (!isWanted(name)) {
          continue;
        }
        if (found.length === MAX_FOUND) {
          throw tooMany(`${name} and others like it`);
        }
        found.push(packageFile(name, stanzaAt(block, offset)));
      }
    }
  }
  return found;
}

/** The kernels that an index of installer modules (udebs) has modules for, as `uname -r` says it. */
export async function findKernelVersions(
  content: AsyncIterable<Uint8Array>,
): Promise<ReadonlySet<string>> {
  const versions = new Set<string>();
  for await (const block of readStanzaBlocks(content)) {
    for (const { value } of fieldsIn(block, 'Kernel-Version')) {
      if (value !== '' && value.length <= MAX_VERSION_LENGTH) {
        versions.add(value);
      }
      if (versions.size > MAX_FOUND) {
        throw tooMany('modules of different kernels');
      }
    }
  }
  return versions;
}

function tooMany(what: string): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_MALFORMED_INDEX',
    `the index lists more than ${MAX_FOUND} entries for ${what}`,
  );
}

function packageFile(name: string, stanza: Buffer): PackageFile {
  const isSame = fieldOf(stanza, 'Package') === name;
  const version = fieldOf(stanza, 'Version');
  const filename = fieldOf(stanza, 'Filename');
  const sha256 = fieldOf(stanza, 'SHA256');
  const size = fieldOf(stanza, 'Size');
  const usable =
    isSame &&
    /^[0-9A-Z.+:~-]+$/i.test(version) &&
    isPlainPath(filename) &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    /^\d{1,15}$/.test(size);
  if (!usable) {
    throw new NetbootError(
      'ERR_NETBOOT_MALFORMED_INDEX',
      `the Packages index has an unusable entry for ${name}`,
    );
  }
  return {
    name,
    version,
    architecture: fieldOf(stanza, 'Architecture'),
    filename,
    sha256,
    size: Number(size),
  };
}
