import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { contentOf, memoryFile, type MirrorTree, sha256Of } from './mirror-tree.js';
import { type InReleaseKey } from './signing-key.js';

/** Fields of a suite's Release file. */
export interface ReleaseFields {
  readonly suite: string;
  readonly codename: string;
  readonly version?: string;
  readonly date: Date;
  readonly validUntil?: Date;
  /** @default 'Debian' */
  readonly origin?: string;
}

/**
 * Returns the Release text of a suite, which lists the index files in its tree, and adds each of them to the
 * tree under its hash as well.
 */
export async function releaseText(tree: MirrorTree, fields: ReleaseFields): Promise<string> {
  const root = `dists/${fields.codename}/`;
  const md5: string[] = [];
  const sha256: string[] = [];
  for (const [path, file] of [...tree].sort(([left], [right]) => (left < right ? -1 : 1))) {
    if (!path.startsWith(root) || !isIndex(path)) {
      continue;
    }
    const hash = await sha256Of(file);
    const size = String(file.size).padStart(8);
    const name = path.slice(root.length);
    md5.push(
      ` ${createHash('md5')
        .update(await contentOf(file))
        .digest('hex')} ${size} ${name}`,
    );
    sha256.push(` ${hash} ${size} ${name}`);
    tree.set(`${path.slice(0, path.lastIndexOf('/'))}/by-hash/SHA256/${hash}`, file);
  }
  return [
    `Origin: ${fields.origin ?? 'Debian'}`,
    'Label: Debian',
    `Suite: ${fields.suite}`,
    ...(fields.version === undefined ? [] : [`Version: ${fields.version}`]),
    `Codename: ${fields.codename}`,
    `Date: ${rfc822(fields.date)}`,
    ...(fields.validUntil === undefined ? [] : [`Valid-Until: ${rfc822(fields.validUntil)}`]),
    'Acquire-By-Hash: yes',
    'No-Support-for-Architecture-all: Packages',
    'Architectures: all amd64 arm64 i386',
    'Components: main non-free-firmware',
    'Description: made up for tests',
    'MD5Sum:',
    ...md5,
    'SHA256:',
    ...sha256,
    '',
  ].join('\n');
}

/** Adds a suite's Release to the tree, and a signed copy of it as InRelease. */
export async function publishSuite(
  tree: MirrorTree,
  fields: ReleaseFields,
  key: InReleaseKey,
): Promise<void> {
  const text = await releaseText(tree, fields);
  // Mirroring tools request the unsigned file as well.
  tree.set(`dists/${fields.codename}/Release`, memoryFile(text));
  const signed = await key.clearSign(text, fields.date);
  tree.set(`dists/${fields.codename}/InRelease`, memoryFile(signed));
}

/** Adds an index to the tree, plain and compressed. */
export function addIndex(tree: MirrorTree, path: string, text: string): void {
  tree.set(path, memoryFile(text));
  tree.set(`${path}.gz`, memoryFile(gzipSync(text)));
}

function isIndex(path: string): boolean {
  return /\/(?:SHA256SUMS|Packages(?:\.gz|\.xz)?)$/.test(path) && !path.includes('/by-hash/');
}

function rfc822(date: Date): string {
  return date.toUTCString().replace('GMT', 'UTC');
}
