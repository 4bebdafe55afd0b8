/**
 * Returns the values of promises. Unlike `Promise.all`, waits until all of them have settled, even after a
 * failure: the others could still be writing.
 *
 * @throws the reason of the first rejected promise in the list
 */
export async function allDone<T extends readonly unknown[]>(promises: {
  readonly [Index in keyof T]: Promise<T[Index]>;
}): Promise<T> {
  const results = await Promise.allSettled(promises);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    throw failed.reason;
  }
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

/** One-time signal: callers wait until it is opened. */
export class Gate {
  /** Resolves when the gate is opened. */
  readonly opened: Promise<void>;
  #open: () => void = () => undefined;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
  }
}
