import { type Boot } from './boot.js';

/**
 * Step of a boot, which must happen before the next one.
 *
 * @typeParam World - object that the step acts on and inspects
 */
export interface Stage<World = Boot> {
  /** Name, such as `loader`, `menu` or `kernel`. */
  readonly name: string;
  /** Deadline in milliseconds after the end of the previous stage. */
  readonly deadlineMs: number;
  /**
   * Waits until the step has happened.
   *
   * @param signal - aborted at the deadline, when a program of the lab ends, and on Ctrl-C
   * @returns description of what was seen, one line
   */
  run(world: World, signal: AbortSignal): Promise<string>;
}

/** A stage that has passed. */
export interface StageRecord {
  readonly stage: string;
  /** Duration of the stage, in milliseconds. */
  readonly elapsedMs: number;
  /** Time since the beginning of the run, in milliseconds. */
  readonly sinceStartMs: number;
  readonly detail: string;
}
