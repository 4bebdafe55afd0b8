import { setTimeout as delay } from 'node:timers/promises';

import { LabError } from './errors.js';

/** Pause between two attempts, in milliseconds. */
const PAUSE_MS = 200;

/**
 * Repeats an attempt until its result is not undefined.
 *
 * @param what - the expected state, such as `the node is ready`, for the message
 * @throws {@link LabError} `ERR_LAB_DEADLINE` when the time is up
 * @throws any error from `attempt`
 */
export async function eventually<Result>(
  what: string,
  timeoutMs: number,
  attempt: () => Promise<Result | undefined>,
): Promise<Result> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const result = await attempt();
    if (result !== undefined) {
      return result;
    }
    if (Date.now() > deadline) {
      throw new LabError('ERR_LAB_DEADLINE', `not true after ${timeoutMs} ms: ${what}`);
    }
    await delay(PAUSE_MS);
  }
}
