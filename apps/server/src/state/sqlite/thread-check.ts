import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Limits of the JavaScript heap of a thread that does nothing, in megabytes. */
const SMALL_HEAP = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 } as const;

/** Maximum time to wait for the end of the thread, in milliseconds: it exists, even if it does not end. */
const END_WITHIN_MS = 5_000;

/**
 * Creates a thread, and waits for its end. libsql creates one when it is loaded, and ends the whole process if it
 * cannot.
 *
 * @throws Error with the code `ERR_WORKER_INIT_FAILED` when the thread limit (RLIMIT_NPROC, pids.max) is reached
 */
export async function expectThread(): Promise<void> {
  // Without the environment, NODE_OPTIONS loads nothing into the small heap.
  const worker = new Worker('', {
    eval: true,
    env: {},
    execArgv: [],
    resourceLimits: SMALL_HEAP,
  });
  const deadline = setTimeout(() => void worker.terminate(), END_WITHIN_MS);
  try {
    // Rejects on an error.
    await once(worker, 'exit');
  } finally {
    clearTimeout(deadline);
  }
}
