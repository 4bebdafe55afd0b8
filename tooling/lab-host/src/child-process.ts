import { readFile } from 'node:fs/promises';

/** Returns the process id of a process's first child; an empty string without one. */
export async function childOf(pid: number): Promise<string> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ')[0] ?? '';
}
