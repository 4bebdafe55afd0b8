/**
 * Returns a function that does some work, but only once at a time. A call that comes while it is done does not
 * get that result, which may be older than the call: all such calls share one more run.
 */
export function singleFlight(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  function run(): Promise<void> {
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  }

  return () => {
    if (next !== undefined) {
      return next;
    }
    if (running === undefined) {
      return run();
    }
    const again = (): Promise<void> => {
      next = undefined;
      return run();
    };
    next = running.then(again, again);
    return next;
  };
}
