import { type Journal } from '@pxe/lab-host';

import { type DaemonEvent } from './daemon-event.js';

/** Reads the daemon's log once, from start to end, so that stages follow the order of the log. */
export class DaemonStory {
  readonly #log: Journal<DaemonEvent>;
  #position = 0;

  constructor(log: Journal<DaemonEvent>) {
    this.#log = log;
  }

  /**
   * Returns the next event, after those already taken, for which `select` returns a value.
   *
   * @param select - returns undefined to pass over an event, and throws to end the search
   * @throws the signal's reason, when it is aborted first
   */
  async next<T>(select: (event: DaemonEvent) => T | undefined, signal: AbortSignal): Promise<T> {
    for (;;) {
      const { index, value } = await this.#log.next(this.#position, () => true, signal);
      this.#position = index + 1;
      const selected = select(value);
      if (selected !== undefined) {
        return selected;
      }
    }
  }
}
