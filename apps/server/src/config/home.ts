import { homedir } from 'node:os';
import { join } from 'node:path';

/** Returns a path with `~` at its start replaced by the home directory of this user. */
export function fromHome(path: string): string {
  return /^~(?=\/|$)/.test(path) ? join(homedir(), path.slice(1)) : path;
}
