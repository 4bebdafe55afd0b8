import { readdir, readFile } from 'node:fs/promises';

/** Resource usage of a process, observed from outside. */
export interface ProcessWatch {
  /** Peak memory in bytes. */
  readonly peakBytes: number;
  /** True if the process was killed for exceeding the limit. */
  readonly limitExceeded: boolean;
  /** Processor time in seconds; undefined once the process has exited. */
  processorSeconds(): Promise<number | undefined>;
  /** Number of open descriptors; undefined once the process has exited. */
  descriptors(): Promise<number | undefined>;
  stop(): void;
}

const INTERVAL_MS = 100;

/**
 * Watches a process, and kills it if it uses too much memory.
 *
 * @param limitBytes - resident memory at which it is killed
 */
export function watchProcess(pid: number, limitBytes: number): ProcessWatch {
  let peakBytes = 0;
  let limitExceeded = false;
  const timer = setInterval(() => void look(), INTERVAL_MS);
  timer.unref();

  async function look(): Promise<void> {
    const status = await readOrUndefined(`/proc/${pid}/status`);
    if (status === undefined) {
      return;
    }
    const { peak, resident } = parseMemory(status);
    peakBytes = Math.max(peakBytes, peak);
    if (resident <= limitBytes || limitExceeded) {
      return;
    }
    limitExceeded = true;
    process.kill(pid, 'SIGKILL');
  }

  return {
    get peakBytes() {
      return peakBytes;
    },
    get limitExceeded() {
      return limitExceeded;
    },
    async processorSeconds() {
      const stat = await readOrUndefined(`/proc/${pid}/stat`);
      return stat === undefined ? undefined : parseProcessorSeconds(stat);
    },
    async descriptors() {
      try {
        return (await readdir(`/proc/${pid}/fd`)).length;
      } catch (error) {
        if (isGone(error)) {
          return undefined;
        }
        throw error;
      }
    },
    stop() {
      clearInterval(timer);
    },
  };
}

/** Returns peak and current resident memory from `/proc/PID/status`, in bytes; 0 for a zombie process. */
export function parseMemory(status: string): { readonly peak: number; readonly resident: number } {
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { peak: field('VmHWM'), resident: field('VmRSS') };
}

/** Clock ticks per second in /proc. */
const TICKS = 100;

/**
 * Returns the processor time of a process from `/proc/PID/stat`, including its threads and system
 * time.
 */
export function parseProcessorSeconds(stat: string): number {
  // The second field is the program's name in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isGone(error)) {
      return undefined;
    }
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ESRCH';
}
