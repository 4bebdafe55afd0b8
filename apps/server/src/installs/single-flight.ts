/**
 * Returns a function that runs `work`, but never twice at the same time. The result of a run may be outdated
 * for calls that were made during it, so all these calls share one more run afterwards.
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
