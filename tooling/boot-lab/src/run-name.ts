import { type ProcessIdentity } from './process/process-identity.js';

/** With this every namespace and work directory of the lab begins, and nothing else on the host. */
export const RUN_PREFIX = 'pxelab';

/**
 * The name of one boot: of its network namespace and of its work directory. It names the process
 * that owns it, so that a later lab can tell what a crashed one left behind.
 *
 * @param owner - the lab's process
 * @param sequence - which boot of that process, from 1
 */
export function formatRunName(owner: ProcessIdentity, sequence: number): string {
  return `${RUN_PREFIX}-${owner.pid}-${owner.startTicks}-${sequence}`;
}

/** The owner of a run by the run's name, or undefined when the name is not one of ours. */
export function parseRunName(name: string): ProcessIdentity | undefined {
  const match = /^pxelab-(\d+)-(\d+)-\d+$/.exec(name);
  if (match === null) {
    return undefined;
  }
  return { pid: Number(match[1]), startTicks: Number(match[2]) };
}
