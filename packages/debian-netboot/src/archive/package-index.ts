import { NetbootError } from '../errors.js';
import { isPlainPath } from './plain-path.js';
import { readStanzas } from './stanzas.js';

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

const FIELDS = ['Package', 'Version', 'Architecture', 'Filename', 'SHA256', 'Size'] as const;

/**
 * Finds packages in a Packages index.
 *
 * @param content the index, uncompressed
 * @param isWanted tells by name which packages to take
 * @throws NetbootError `ERR_NETBOOT_MALFORMED_INDEX` for a wanted package whose entry cannot be used
 */
export async function findPackages(
  content: AsyncIterable<Uint8Array>,
  isWanted: (name: string) => boolean,
): Promise<PackageFile[]> {
  const found: PackageFile[] = [];
  for await (const stanza of readStanzas(content, FIELDS)) {
    const name = stanza.get('Package') ?? '';
    if (isWanted(name)) found.push(packageFile(name, stanza));
  }
  return found;
}

/** The kernels that an index of installer modules (udebs) has modules for, as `uname -r` says it. */
export async function findKernelVersions(
  content: AsyncIterable<Uint8Array>,
): Promise<ReadonlySet<string>> {
  const versions = new Set<string>();
  for await (const stanza of readStanzas(content, ['Kernel-Version'])) {
    const version = stanza.get('Kernel-Version');
    if (version !== undefined && version !== '') versions.add(version);
  }
  return versions;
}

function packageFile(name: string, stanza: ReadonlyMap<string, string>): PackageFile {
  const version = stanza.get('Version') ?? '';
  const filename = stanza.get('Filename') ?? '';
  const sha256 = stanza.get('SHA256') ?? '';
  const size = stanza.get('Size') ?? '';
  const usable =
    /^[0-9A-Za-z.+:~-]+$/.test(version) &&
    isPlainPath(filename) &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    /^[0-9]{1,15}$/.test(size);
  if (!usable) {
    throw new NetbootError(
      'ERR_NETBOOT_MALFORMED_INDEX',
      `the Packages index has an unusable entry for ${name}`,
    );
  }
  return {
    name,
    version,
    architecture: stanza.get('Architecture') ?? '',
    filename,
    sha256,
    size: Number(size),
  };
}
