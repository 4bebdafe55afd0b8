import { gzipSync } from 'node:zlib';

import { pack } from 'tar-stream';

/** Contents of a .deb. */
export interface DebContent {
  readonly name: string;
  readonly version: string;
  /** Content by path from the root of the file system, without a leading slash. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Targets of symlinks by path. @default none */
  readonly links?: ReadonlyMap<string, string>;
}

/** Builds a Debian package (deb(5)) for all architectures. */
export async function buildDeb({ name, version, files, links }: DebContent): Promise<Buffer> {
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: Nobody <nobody@localhost>\nDescription: made up for tests\n`;
  return buildAr([
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', gzipSync(await buildTar(new Map([['control', Buffer.from(control)]])))],
    // Stored without compression: the files are random bytes.
    ['data.tar.gz', gzipSync(await buildTar(files, links), { level: 0 })],
  ]);
}

/** Builds a tar archive of regular files and symlinks, each with `./` in front of its name. */
export async function buildTar(
  files: ReadonlyMap<string, Uint8Array>,
  links: ReadonlyMap<string, string> = new Map(),
): Promise<Buffer> {
  const archive = pack();
  for (const [path, content] of files) {
    archive.entry({ name: `./${path}`, mtime: new Date(0) }, Buffer.from(content));
  }
  for (const [path, linkname] of links) {
    archive.entry({ name: `./${path}`, type: 'symlink', linkname, mtime: new Date(0) });
  }
  archive.finalize();
  const all: Buffer[] = [];
  for await (const piece of archive) {
    all.push(Buffer.from(piece as Uint8Array));
  }
  return Buffer.concat(all);
}

/** Builds an `ar` archive (ar(5), the common format). */
export function buildAr(members: readonly (readonly [string, Uint8Array])[]): Buffer {
  const all: Uint8Array[] = [Buffer.from('!<arch>\n')];
  for (const [name, content] of members) {
    const header =
      name.padEnd(16) +
      '0'.padEnd(12) +
      '0'.padEnd(6) +
      '0'.padEnd(6) +
      '100644'.padEnd(8) +
      String(content.length).padEnd(10) +
      '`\n';
    all.push(Buffer.from(header), content);
    if (content.length % 2 === 1) {
      all.push(Buffer.from('\n'));
    }
  }
  return Buffer.concat(all);
}
