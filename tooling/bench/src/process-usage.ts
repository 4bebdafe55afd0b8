import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second in /proc. */
const TICKS = 100;

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

/** Resource usage of a process and its descendants. */
export class ProcessUsage {
  readonly #root: number;
  /** Processor time of each process seen, in clock ticks. */
  readonly #ticks = new Map<number, number>();
  #peakBytes = 0;
  #sampler: NodeJS.Timeout | undefined;

  constructor(pid: number) {
    this.#root = pid;
  }

  /** Processor seconds so far, except those that a descendant used after it was last sampled. */
  get cpuSeconds(): number {
    this.#look();
    return [...this.#ticks.values()].reduce((sum, ticks) => sum + ticks, 0) / TICKS;
  }

  /** Peak memory in bytes; memory shared by processes counts once. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Starts sampling the memory and the processor time. */
  watch(): void {
    const sample = (): void => {
      const bytes = this.#look().reduce((sum, { pid }) => sum + proportionalBytes(pid), 0);
      this.#peakBytes = Math.max(this.#peakBytes, bytes);
    };
    sample();
    this.#sampler = setInterval(sample, 200);
  }

  /** Stops sampling. */
  stop(): void {
    clearInterval(this.#sampler);
  }

  /**
   * Returns the current tree, and records its processor time, which is lost if a descendant exits and is not reaped.
   */
  #look(): ProcessStat[] {
    const tree = this.#tree();
    for (const { pid, ticks } of tree) {
      this.#ticks.set(pid, ticks);
    }
    return tree;
  }

  #tree(): ProcessStat[] {
    const all = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => processStat(Number(name)) ?? []);
    const tree = all.filter(({ pid }) => pid === this.#root);
    for (const one of tree) {
      tree.push(...all.filter(({ parent }) => parent === one.pid));
    }
    return tree;
  }
}

function processStat(pid: number): ProcessStat | undefined {
  const text = readOrNothing(`/proc/${pid}/stat`);
  // The second field is the program name in parentheses, which may contain anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 13).reduce((sum, field) => sum + Number(field), 0);
  return text === '' ? undefined : { pid, parent: Number(fields[1]), ticks };
}

function proportionalBytes(pid: number): number {
  const found = /^Pss:\s+(\d+) kB/m.exec(readOrNothing(`/proc/${pid}/smaps_rollup`));
  return Number(found?.[1] ?? 0) * 1024;
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process has exited since the directory was listed.
    return '';
  }
}
