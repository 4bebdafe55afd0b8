import { join } from 'node:path';

/** Returns the path of the control socket in a data directory. */
export function controlSocketPath(dataDir: string): string {
  return join(dataDir, 'pxeboot.sock');
}
