import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

import { type SystemResources } from './resource-limits.js';

/** Usual soft limit, assumed without /proc. */
const USUAL_DESCRIPTORS = 1024;

/**
 * Reads the limits of this process: descriptors from /proc/self/limits, memory from its cgroup (version 1
 * or 2) and the machine.
 */
export function readSystemResources(): SystemResources {
  const memory = totalmem();
  // Undefined or 0 without a cgroup, and more than all memory if the cgroup has no limit.
  const constrained = (process.constrainedMemory() as number | undefined) ?? 0;
  return {
    descriptors: readDescriptorLimit(),
    memoryBytes: constrained > 0 ? Math.min(constrained, memory) : memory,
  };
}

function readDescriptorLimit(): number {
  let limits: string;
  try {
    limits = readFileSync('/proc/self/limits', 'latin1');
  } catch {
    // Not on Linux, or /proc is hidden.
    return USUAL_DESCRIPTORS;
  }
  return parseDescriptorLimit(limits) ?? USUAL_DESCRIPTORS;
}

/** Soft limit of open files in the text of /proc/PID/limits (proc(5)); Infinity for none. */
export function parseDescriptorLimit(limits: string): number | undefined {
  const [, soft] = /^Max open files {1,40}(\d{1,20}|unlimited) /m.exec(limits) ?? [];
  return soft === 'unlimited' ? Infinity : soft === undefined ? undefined : Number(soft);
}
