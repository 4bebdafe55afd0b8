import { NetbootError } from '../errors.js';
import { isPlainPath } from '../formats/plain-path.js';
import { fieldOf, fieldsIn, readStanzaBlocks, stanzaAt } from './stanzas.js';

/** Binary package in a Packages index. */
export interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Path relative to the archive's root: `pool/main/s/syslinux/...`. */
  readonly filename: string;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** Size in bytes. */
  readonly size: number;
}

/**
 * Maximum number of matching entries or kernel versions in an index. Debian's have fewer than 10 kernel versions,
 * and about 40 packages with network firmware.
 */
const MAX_FOUND = 100;

/** Maximum length of a kernel version, in characters; Linux itself allows 64. */
const MAX_VERSION_LENGTH = 256;

/**
 * Finds packages in a Packages index. The index is searched while it arrives, before it is verified, so
 * memory use is limited.
 *
 * @param content - uncompressed index
 * @param starts - prefixes of the wanted names: few, since the index is searched once per prefix, and long, so
 *   that few other names match
 * @param isWanted - selects among the names with these prefixes
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_INDEX` if the entry of a wanted package is invalid, there are
 *   too many such entries, or an entry is too long
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

/**
 * Returns the kernel versions, as in `uname -r`, that an index of installer modules (udebs) covers.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_INDEX` if there are too many, or an entry is too long
 */
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
      `the Packages index has an invalid entry for ${name}`,
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
