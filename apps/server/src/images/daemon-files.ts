/**
 * Returns true for a file that the daemon keeps in its data directory, next to the images: the database and
 * its locks, and the control socket. A directory into which only a database was restored counts as empty.
 */
export function isDaemonFile(name: string): boolean {
  return name === 'pxeboot.sock' || /^state\.(?:db|lock)/.test(name);
}
