/** Regular file in a cpio archive. */
export interface CpioFile {
  /** Path without a leading slash. */
  readonly path: string;
  readonly content: Uint8Array;
  /** True for a program. @default false */
  readonly isExecutable?: boolean;
}

/** Alignment of names and contents, in bytes: each is padded to a multiple of this. */
const ALIGNMENT = 4;
const DIRECTORY = 0o040755;
const EXECUTABLE = 0o100755;
const FILE = 0o100644;

/**
 * Returns an archive in the "newc" format that Linux unpacks as an initrd
 * (Documentation/driver-api/early-userspace/buffer-format.rst), with the directories of its files.
 */
export function cpioArchive(files: readonly CpioFile[]): Buffer {
  const directories = new Set(files.flatMap(({ path }) => parentsOf(path)));
  let inode = 0;
  return Buffer.concat([
    ...[...directories].map((path) => entry({ inode: ++inode, mode: DIRECTORY, path })),
    ...files.map(({ path, content, isExecutable = false }) =>
      entry({ inode: ++inode, mode: isExecutable ? EXECUTABLE : FILE, path, content }),
    ),
    entry({ inode: 0, mode: 0, path: 'TRAILER!!!' }),
  ]);
}

/** Returns the directories of a path, the outermost first. */
function parentsOf(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

interface Entry {
  readonly inode: number;
  readonly mode: number;
  readonly path: string;
  readonly content?: Uint8Array;
}

/** Returns an entry: a magic number, 13 fields of 8 hexadecimal digits, name and content. */
function entry({ inode, mode, path, content = new Uint8Array() }: Entry): Buffer {
  const name = Buffer.from(`${path}\0`);
  const [owner, group, links, time, check] = [0, 0, 1, 0, 0];
  const devices = [0, 0, 0, 0];
  const fields = [
    ...[inode, mode, owner, group, links, time, content.length],
    ...[...devices, name.length, check],
  ];
  const digits = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  return Buffer.concat([
    padded(Buffer.concat([Buffer.from(`070701${digits}`), name])),
    padded(content),
  ]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes], Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT);
}
