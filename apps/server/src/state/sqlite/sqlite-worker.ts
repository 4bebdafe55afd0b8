import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { StateError } from '../failure.js';
import { type DatabaseFiles, type WorkerAnswer, type WorkerRequest } from './worker-messages.js';

/** Program of the thread, in the folder of the bundle that contains this module. */
const WORKER = new URL('./sqlite-worker.js', import.meta.url);

/** Limits of the thread's JavaScript heap, in megabytes; it needs only a few. */
const HEAP = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 } as const;

/**
 * Time for requests in progress when the thread is closed, in milliseconds; longer than SQLite waits for a
 * lock.
 */
const CLOSE_MS = 2000;

/** Time for the thread to end after terminate(), in milliseconds. It cannot end during a call of SQLite. */
const TERMINATE_MS = 1000;

type Result = Extract<WorkerAnswer, { ok: true }>;

interface Pending {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/** Thread of the embedded database. It starts on the first request, and is restarted after a crash. */
export class SqliteWorker {
  readonly #files: DatabaseFiles;
  readonly #program: URL;
  #worker: Worker | undefined;
  #pending: Pending[] = [];
  #lastAnswer: Promise<unknown> = Promise.resolve();

  constructor(files: DatabaseFiles, program: URL = WORKER) {
    this.#files = files;
    this.#program = program;
  }

  /**
   * Sends a request to the thread, and resolves with its answer.
   *
   * @throws {@link StateError}, or Error: with SQLite's or the system's code, or without a code if the thread has
   * ended
   */
  request(request: WorkerRequest): Promise<Result> {
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
    const answer = new Promise<Result>((resolve, reject) => {
      this.#pending.push({ resolve, reject });
    });
    this.#lastAnswer = answer.catch(() => undefined);
    return answer;
  }

  /**
   * Ends the thread once it has answered, but waits for at most 2 seconds, since its disk may hang.
   *
   * @returns false if the thread does not end; Node.js then cannot exit either, except by a signal
   */
  async close(): Promise<boolean> {
    // libsql panics, with lines on standard error, if its thread ends during a call.
    await endsWithin(this.#lastAnswer, CLOSE_MS);
    const worker = this.#worker;
    if (worker === undefined || (await endsWithin(worker.terminate(), TERMINATE_MS))) {
      return true;
    }
    // terminate() makes the process wait for the thread.
    worker.unref();
    return false;
  }

  #start(): Worker {
    // libsql's own threads, one for each processor by default, which it does not use here. Only the environment of the
    // whole process reaches it.
    process.env['TOKIO_WORKER_THREADS'] = '1';
    const worker = new Worker(this.#program, {
      workerData: this.#files,
      resourceLimits: HEAP,
      execArgv: [],
    });
    // A hanging disk must not keep the process alive.
    worker.unref();
    worker.on('message', (answer: WorkerAnswer) => {
      const pending = this.#pending.shift();
      if (answer.ok) {
        pending?.resolve(answer);
      } else {
        pending?.reject(errorOf(answer));
      }
    });
    worker.on('error', (error) => {
      this.#end(worker, error);
    });
    worker.on('exit', () => {
      this.#end(worker, new Error('the database thread has exited'));
    });
    return worker;
  }

  #end(worker: Worker, error: Error): void {
    if (this.#worker !== worker) {
      return;
    }
    this.#worker = undefined;
    for (const { reject } of this.#pending.splice(0)) {
      reject(error);
    }
  }
}

async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const deadline = new AbortController();
  const hasEnded = await Promise.race([
    work.then(() => true),
    delay(ms, false, { signal: deadline.signal }).catch(() => false),
  ]);
  deadline.abort();
  return hasEnded;
}

function errorOf({ code, message }: Extract<WorkerAnswer, { ok: false }>): Error {
  switch (code) {
    case 'OTHER_DAEMON':
      return new StateError('other-daemon', message);
    case 'NO_BINARY':
      return new StateError('no-binary', message);
    case 'NOT_OWNED':
      return new StateError('not-owned', message);
    default:
      return Object.assign(new Error(message), { code });
  }
}
