import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';

import { type SystemResources } from './resource-limits.js';

/** Usual soft limit on open file descriptors, assumed without /proc. */
const USUAL_DESCRIPTORS = 1024;

/** Node.js flag that keeps V8 from reserving address space for WebAssembly. */
const WITHOUT_RESERVATIONS = '--disable-wasm-trap-handler';

/**
 * Reads the limits of this process: descriptors and address space from /proc/self/limits, memory from its
 * cgroup (version 1 or 2) and the machine. The address space is treated as unlimited if V8 reserves none of
 * it.
 */
export function readSystemResources(): SystemResources {
  const memory = totalmem();
  // Undefined or 0 without a cgroup; more than all memory if the cgroup has no limit.
  const constrained = (process.constrainedMemory() as number | undefined) ?? 0;
  const limits = readProcessLimits();
  const flags = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(' ')];
  return {
    descriptors: parseLimit(limits, 'Max open files') ?? USUAL_DESCRIPTORS,
    memoryBytes: constrained > 0 ? Math.min(constrained, memory) : memory,
    addressSpaceBytes: flags.includes(WITHOUT_RESERVATIONS)
      ? Infinity
      : (parseLimit(limits, 'Max address space') ?? Infinity),
  };
}

/** Returns the bytes of kernel memory that sockets use; throws a system error if it cannot be read. */
export type SocketMemoryReader = () => number;

/** Maximum number of bytes read from memory.stat; `sock` is among the first lines. */
const STAT_BYTES = 4096;

/**
 * Returns a reader of the socket memory that counts towards this process's memory limit: `sock` in the
 * memory.stat of its cgroup. The file stays open, since there may be no free descriptor when it is needed.
 *
 * @param root - directory that holds proc and sys. `@default` the root directory
 * @param hasLimit - true if this process has a memory limit. `@default` detected
 * @returns the reader; undefined without a limit, or if memory.stat has no such value, as in cgroup v1, which
 * does not count this memory
 */
export function socketMemoryReader(
  root = '/',
  hasLimit = hasMemoryLimit(),
): SocketMemoryReader | undefined {
  const group = hasLimit ? unifiedGroup(root) : undefined;
  if (group === undefined) {
    return undefined;
  }
  // In a container without a cgroup namespace, its own group is mounted as the root.
  for (const directory of [group, '/']) {
    let file: number;
    try {
      file = openSync(join(root, 'sys/fs/cgroup', directory, 'memory.stat'), 'r');
    } catch {
      // Not mounted there, or without the memory controller.
      continue;
    }
    const text = Buffer.alloc(STAT_BYTES);
    const read = (): number | undefined =>
      parseSocketMemory(text.toString('latin1', 0, readSync(file, text, 0, STAT_BYTES, 0)));
    if (read() !== undefined) {
      return () => read() ?? 0;
    }
    closeSync(file);
  }
  return undefined;
}

/** Returns the path of this process's cgroup v2; undefined if there is none. */
function unifiedGroup(root: string): string | undefined {
  try {
    const groups = readFileSync(join(root, 'proc/self/cgroup'), 'utf8');
    return /^0::(.*)$/m.exec(groups)?.[1];
  } catch {
    // Not on Linux, or /proc is hidden.
    return undefined;
  }
}

/**
 * Returns the bytes of socket buffers in the text of a cgroup's memory.stat (cgroup-v2.rst); undefined if it
 * has no such value.
 */
export function parseSocketMemory(stat: string): number | undefined {
  const [, bytes] = /^sock (\d{1,20})$/m.exec(stat) ?? [];
  return bytes === undefined ? undefined : Number(bytes);
}

function hasMemoryLimit(): boolean {
  const constrained = (process.constrainedMemory() as number | undefined) ?? 0;
  return constrained > 0 && constrained < totalmem();
}

function readProcessLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'latin1');
  } catch {
    // Not on Linux, or /proc is hidden.
    return '';
  }
}

/**
 * Returns a soft limit in the text of /proc/PID/limits (proc(5)): `Infinity` if unlimited, undefined if the
 * text does not contain it.
 */
export function parseLimit(
  limits: string,
  name: 'Max open files' | 'Max address space',
): number | undefined {
  const line = limits.split('\n').find((text) => text.startsWith(name));
  const [, soft] = /^ {1,40}(\d{1,20}|unlimited) /.exec(line?.slice(name.length) ?? '') ?? [];
  return soft === 'unlimited' ? Infinity : soft === undefined ? undefined : Number(soft);
}
