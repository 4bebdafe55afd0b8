import { chmod, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Size of an entry's header, in bytes. */
const HEADER = 110;

/** Types of files, in the upper bits of the mode. */
const [LINK, FILE, DIRECTORY] = [0o12, 0o10, 0o4];

/**
 * Unpacks an initrd, a gzipped cpio archive in the "newc" format, without its device nodes.
 *
 * @param directory - directory to unpack to, which must exist and be empty
 * @throws Error when the archive is damaged, or an entry would leave the directory
 */
export async function unpackInitrd(initrd: Uint8Array, directory: string): Promise<void> {
  const root = await realpath(directory);
  const archive = gunzipSync(initrd);
  for (let at = 0; ;) {
    if (archive.toString('latin1', at, at + 6) !== '070701') {
      throw new Error(`the initrd is damaged at byte ${at}`);
    }
    const field = (index: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    const name = archive.toString('utf8', at + HEADER, at + HEADER + nameSize - 1);
    if (name === 'TRAILER!!!') {
      return;
    }
    const start = align(at + HEADER + nameSize);
    at = align(start + size);
    const path = resolve(root, name);
    if (path === root) {
      continue;
    }
    await mkdir(dirname(path), { recursive: true });
    const parent = await realpath(dirname(path));
    if (!`${parent}${sep}`.startsWith(`${root}${sep}`)) {
      throw new Error(`${name} is outside the initrd`);
    }
    const content = archive.subarray(start, start + size);
    switch (mode >> 12) {
      case DIRECTORY:
        await mkdir(path, { recursive: true });
        break;
      case LINK:
        await symlink(content.toString(), path);
        break;
      case FILE:
        await writeFile(path, content, { flag: 'wx' });
        await chmod(path, mode & 0o777);
        break;
      default:
      // Device nodes, which a chroot can do without.
    }
  }
}

/** Returns the next multiple of 4. */
function align(offset: number): number {
  return Math.ceil(offset / 4) * 4;
}
