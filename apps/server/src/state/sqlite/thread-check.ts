import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Limits of the JavaScript heap of a thread that does nothing, in megabytes. */
const SMALL_HEAP = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 } as const;

/**
 * Creates a thread, and waits for its end. libsql creates one when it is loaded, and ends the whole process if it
 * cannot.
 *
 * @throws Error with the code `ERR_WORKER_INIT_FAILED` when the limit of threads (RLIMIT_NPROC, pids.max) is reached
 */
export async function expectThread(): Promise<void> {
  const worker = new Worker('', { eval: true, execArgv: [], resourceLimits: SMALL_HEAP });
  // Rejects on an error.
  await once(worker, 'exit');
}
