import { type Boot } from './boot.js';

/**
 * One step of a boot that has to happen before the next may.
 *
 * @typeParam World - what the step acts on and looks at
 */
export interface Stage<World = Boot> {
  /** `loader`, `menu`, `kernel` */
  readonly name: string;
  /** Milliseconds from the end of the stage before. */
  readonly deadlineMs: number;
  /**
   * Waits until the step has happened.
   *
   * @param signal - aborted at the deadline, when a program of the lab ends, and on Ctrl-C
   * @returns one line of what was seen
   */
  run(world: World, signal: AbortSignal): Promise<string>;
}

/** A stage that has passed. */
export interface StageRecord {
  readonly stage: string;
  /** Duration of the stage. */
  readonly elapsedMs: number;
  /** Since the beginning of the run. */
  readonly sinceStartMs: number;
  readonly detail: string;
}
