import { readFile, readlink } from 'node:fs/promises';

/**
 * Tells a process from every other one that may ever use the same store. Process ids mean something
 * only within one boot of one machine and one pid namespace (a container has its own), which
 * `scope` names; where it cannot be told, it is `undefined`.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly scope: string | undefined;
  /** When the process started, in the kernel's ticks: pids are used again. */
  readonly startTicks: string | undefined;
}

/** This process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return {
    pid: process.pid,
    scope: await processScope(),
    startTicks: await startTicks(process.pid),
  };
}

/**
 * Whether a process is known to have ended. `false` means that it lives, or that nobody here can
 * tell.
 */
export async function hasEnded(identity: ProcessIdentity): Promise<boolean> {
  if (identity.scope === undefined || identity.scope !== (await processScope())) {
    return false;
  }
  return (await startTicks(identity.pid)) !== identity.startTicks;
}

/** Names the boot and the pid namespace (Linux only). */
async function processScope(): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot.trim()} ${await readlink('/proc/self/ns/pid')}`;
  } catch {
    // No Linux, or no /proc: then nothing is known about processes.
    return undefined;
  }
}

/** Field 22 of `/proc/<pid>/stat`; field 2, the name, may hold blanks and brackets. */
async function startTicks(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    return text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .at(19);
  } catch {
    return undefined;
  }
}
