import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

import { eventually } from '@pxe/lab-host';

import { type ClusterAccess } from '../src/access/cluster-access.js';

/** Time limit for the wait for another test file, in milliseconds. */
export const NODE_PORTS_TIMEOUT_MS = 1_200_000;

/**
 * Waits until no other test file has pods on the host network of the nodes, and reserves that: port 69 of a node is
 * free for one release at a time.
 *
 * @returns the end of the reservation
 */
export async function reserveNodePorts({ directory }: ClusterAccess): Promise<() => Promise<void>> {
  const reservation = join(directory, 'node-ports');
  await eventually('the ports of the nodes are free', NODE_PORTS_TIMEOUT_MS, async () => {
    try {
      await mkdir(reservation);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw error;
      }
      return undefined;
    }
  });
  return () => rmdir(reservation);
}
