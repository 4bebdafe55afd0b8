import { readFile } from 'node:fs/promises';

/** Identity of a process. The kernel reuses process ids, but not the pair of id and start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between boot and the start of the process: field 22 of `/proc/<pid>/stat`. */
  readonly startTicks: number;
}

/** Returns the start time of a process in clock ticks since boot; undefined if no such process is running. */
export async function startTicksOf(pid: number): Promise<number | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
  // The second field is the program's name in parentheses and may itself contain spaces and `)`.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[19]);
}

/** Returns the identity of this process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const startTicks = await startTicksOf(process.pid);
  if (startTicks === undefined) {
    throw new Error('/proc is not mounted');
  }
  return { pid: process.pid, startTicks };
}

/** Returns true if the same process is still running. */
export async function isRunning({ pid, startTicks }: ProcessIdentity): Promise<boolean> {
  return (await startTicksOf(pid)) === startTicks;
}
