import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks in a second, as /proc counts them. */
const TICKS = 100;

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

/** What a process and all its descendants have used. */
export class ProcessUsage {
  readonly #root: number;
  #peakBytes = 0;
  #sampler: NodeJS.Timeout | undefined;

  constructor(pid: number) {
    this.#root = pid;
  }

  /** Processor seconds so far, those of descendants included that have ended and were waited for. */
  get cpuSeconds(): number {
    return this.#tree().reduce((sum, { ticks }) => sum + ticks, 0) / TICKS;
  }

  /** Most memory seen at one time, in bytes; memory that processes share is counted once. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Looks at the memory in use from time to time. */
  watch(): void {
    const sample = (): void => {
      const bytes = this.#tree().reduce((sum, { pid }) => sum + proportionalBytes(pid), 0);
      this.#peakBytes = Math.max(this.#peakBytes, bytes);
    };
    sample();
    this.#sampler = setInterval(sample, 500);
  }

  /** Looks no more. */
  stop(): void {
    clearInterval(this.#sampler);
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
  // The second field is the program's name in parentheses and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
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
    // The process has ended since the directory was listed.
    return '';
  }
}
