const PERIOD_MS = 60_000;

/** Occurrences of one kind since its last line. */
export interface Occurrences {
  readonly kind: string;
  readonly count: number;
  /** Address of the last one. */
  readonly address: string;
}

/**
 * Counts occurrences by kind and writes each kind at once, then at most once a minute with the number
 * since. Kinds are few and known.
 */
export function createMinuteLog(
  write: (occurrences: Occurrences) => void,
  now: () => number = () => performance.now(),
): (kind: string, address: string) => void {
  const kinds = new Map<string, { count: number; writtenAt: number }>();
  return (kind, address) => {
    const state = kinds.get(kind) ?? { count: 0, writtenAt: -Infinity };
    kinds.set(kind, state);
    state.count++;
    if (now() - state.writtenAt < PERIOD_MS) {
      return;
    }
    write({ kind, count: state.count, address });
    state.count = 0;
    state.writtenAt = now();
  };
}
