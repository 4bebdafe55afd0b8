import { type ImageStore, openStore, type StoreOptions } from '@pxe/debian-netboot/store';

/**
 * Returns true for a file that the daemon keeps in its data directory, alongside the images: the database and
 * its locks, and the control socket.
 */
function isDaemonFile(name: string): boolean {
  return name === 'pxeboot.sock' || /^state\.(?:db|lock)/.test(name);
}

/**
 * Opens the image store in a data directory. A directory into which only a database was restored counts as an
 * empty store.
 *
 * @throws {@link NetbootError} when the directory contains anything else, or cannot be read or written
 */
export async function openDataDirectory(
  directory: string,
  options: Omit<StoreOptions, 'isOtherFile'> = {},
): Promise<ImageStore> {
  return await openStore(directory, { ...options, isOtherFile: isDaemonFile });
}
