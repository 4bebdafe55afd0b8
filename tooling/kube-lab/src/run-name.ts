import { isRunning, ownIdentity } from '@pxe/lab-host';

/**
 * Returns the name of this lab's cluster and of its directories. It contains the identity of this process, for
 * {@link isAbandoned}.
 */
export async function formatRunName(): Promise<string> {
  const { pid, startTicks } = await ownIdentity();
  return `kube-lab-${pid}-${startTicks}`;
}

/** Returns true if the name is that of a lab that has ended, or such a name with a suffix. */
export async function isAbandoned(name: string): Promise<boolean> {
  const match = /^kube-lab-(\d+)-(\d+)(?:-|$)/.exec(name);
  if (match === null) {
    return false;
  }
  return !(await isRunning({ pid: Number(match[1]), startTicks: Number(match[2]) }));
}
