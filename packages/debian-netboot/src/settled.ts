/**
 * Waits until everything has ended, whether well or not: what goes on after a failure elsewhere could
 * still be writing.
 *
 * @throws the failure of the first one in the list that failed
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

/** Lets what waits for it go on when it is opened, once and for all. */
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
