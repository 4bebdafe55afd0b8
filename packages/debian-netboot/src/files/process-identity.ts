import { readFile, readlink } from 'node:fs/promises';

/**
 * Identity of a process, unique among all that may ever use a store. A pid is only meaningful
 * within one boot of one machine and one pid namespace (containers have their own): `scope` names both,
 * and is `undefined` if they are unknown.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly scope: string | undefined;
  /** Start time of the process in clock ticks since boot; distinguishes processes with a reused pid. */
  readonly startTicks: string | undefined;
}

/** Returns the identity of this process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return {
    pid: process.pid,
    scope: await processScope(),
    startTicks: await startTicks(process.pid),
  };
}

/** Returns true if a process is known to have ended; `false` if it is alive or unknown. */
export async function hasEnded(identity: ProcessIdentity): Promise<boolean> {
  if (identity.scope === undefined || identity.scope !== (await processScope())) {
    return false;
  }
  return (await startTicks(identity.pid)) !== identity.startTicks;
}

/** Returns a name for this boot and pid namespace; `undefined` except on Linux. */
async function processScope(): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot.trim()} ${await readlink('/proc/self/ns/pid')}`;
  } catch {
    // Not Linux, or no /proc: nothing is known about processes.
    return undefined;
  }
}

/**
 * States of a process that has ended but that its parent has not waited for yet. In a container without an
 * init process, it may never do so.
 */
const ENDED_STATES: ReadonlySet<string | undefined> = new Set(['Z', 'X', 'x']);

/**
 * Returns the start time of a process, which is field 22 of `/proc/<pid>/stat`; `undefined` if the process
 * does not exist or has ended. Field 2, the name, may contain spaces and parentheses; the state follows it.
 */
async function startTicks(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return ENDED_STATES.has(fields[0]) ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
