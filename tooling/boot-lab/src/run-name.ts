import { type ProcessIdentity } from '@pxe/lab-host';

/** Prefix of every namespace and work directory of the lab. */
export const RUN_PREFIX = 'pxelab';

/**
 * Returns the name of a boot, for its network namespace and work directory. It contains the process
 * that owns it, so that a later lab recognises leftovers of a crashed one.
 *
 * @param owner - the lab's process
 * @param sequence - number of the boot in that process, from 1
 */
export function formatRunName(owner: ProcessIdentity, sequence: number): string {
  return `${RUN_PREFIX}-${owner.pid}-${owner.startTicks}-${sequence}`;
}

/** Returns the owner of a run by the run's name; undefined if the name is not one of the lab's. */
export function parseRunName(name: string): ProcessIdentity | undefined {
  const match = /^pxelab-(\d+)-(\d+)-\d+$/.exec(name);
  if (match === null) {
    return undefined;
  }
  return { pid: Number(match[1]), startTicks: Number(match[2]) };
}
