/** File in a cpio archive. */
export interface CpioFile {
  /** Path without a leading slash; its directory must have an entry before it. */
  readonly path: string;
  readonly size: number;
  /** Exactly `size` bytes. */
  readonly content: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Alignment of names and contents, in bytes: each is padded to a multiple of this. */
const ALIGNMENT = 4;
const DIRECTORY = 0o040755;
const FILE = 0o100644;

/**
 * Writes a cpio archive in the "newc" format; Linux unpacks only this one and its variant with checksums as an
 * initrd (Documentation/driver-api/early-userspace/buffer-format.rst). Owners and times are 0, so that the same
 * entries always yield the same bytes. Implemented here because the npm packages for cpio write only the
 * older "odc" format.
 *
 * @param directories - paths of directories, each after its parent
 */
export async function* cpioArchive(
  directories: readonly string[],
  files: readonly CpioFile[],
): AsyncGenerator<Uint8Array, void, undefined> {
  let inode = 1;
  for (const path of directories) {
    yield header({ inode: inode++, mode: DIRECTORY, links: 2, size: 0, path });
  }
  for (const { path, size, content } of files) {
    yield header({ inode: inode++, mode: FILE, links: 1, size, path });
    yield* content();
    yield Buffer.alloc(paddingOf(size));
  }
  yield header({ inode: 0, mode: 0, links: 1, size: 0, path: 'TRAILER!!!' });
}

interface Entry {
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly size: number;
  readonly path: string;
}

/** Returns an entry's header with its name: a magic number and 13 fields of 8 hex digits. */
function header({ inode, mode, links, size, path }: Entry): Buffer {
  const name = Buffer.from(`${path}\0`, 'latin1');
  const owner = [0, 0];
  const time = 0;
  const devices = [0, 0, 0, 0];
  const checksum = 0;
  const fields = [inode, mode, ...owner, links, time, size, ...devices, name.length, checksum];
  const text = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  const length = text.length + name.length;
  return Buffer.concat([Buffer.from(text, 'latin1'), name, Buffer.alloc(paddingOf(length))]);
}

function paddingOf(length: number): number {
  return (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;
}
