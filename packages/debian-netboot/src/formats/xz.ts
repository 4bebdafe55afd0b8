import { createRequire } from 'node:module';
import type * as WebStreams from 'node:stream/web';
import { ReadableStream } from 'node:stream/web';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type MessagePort, Worker } from 'node:worker_threads';

import type * as XzDecompress from 'xz-decompress';
import xzDecompress from 'xz-decompress';

/** Chunk size of input and output, in bytes: each chunk costs a turn of both event loops. */
const PIECE_BYTES = 256 * 1024;

/** Maximum number of chunks decoded ahead of the reader. */
const AHEAD = 2;

/** Message from the thread. */
type FromThread =
  | { readonly type: 'hungry' }
  | { readonly type: 'piece'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'failed'; readonly message: string };

/**
 * Message to the thread: the next input (`undefined` at its end), or the notice that a chunk was
 * taken.
 */
type ToThread = { readonly input: Uint8Array | undefined } | 'taken';

/**
 * Size in bytes below which input is decoded in the calling thread. Packages are smaller; starting
 * a thread costs as much as decoding half a megabyte.
 */
const SHORT_BYTES = 2 * 1024 * 1024;

/** Maximum number of consecutive empty reads; an xz header can cause that many. */
const MAX_IDLE_READS = 64;

/**
 * Decodes xz. Decoding is slow (20 MB/s of output) and must not block a server that is booting
 * machines: long input is decoded in a worker thread, short input in slices of a few milliseconds.
 *
 * @throws Error for data that cannot be decoded; errors of `input` are passed on unchanged
 */
export async function* unxz(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = input[Symbol.asyncIterator]();
  const front: Uint8Array[] = [];
  let length = 0;
  try {
    while (length < SHORT_BYTES) {
      const next = await source.next();
      if (next.done === true) {
        yield* decodeHere(front, length);
        return;
      }
      front.push(next.value);
      length += next.value.length;
    }
    yield* decodeElsewhere(front, source);
  } finally {
    await source.return?.();
  }
}

/** @param length - size of the whole input in bytes */
async function* decodeHere(
  input: readonly Uint8Array[],
  length: number,
): AsyncGenerator<Uint8Array> {
  const reader = new xzDecompress.XzReadableStream(ReadableStream.from(input)).getReader();
  let idle = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      // The decoder returns empty reads forever if its input ends too early.
      idle = value.length === 0 ? idle + 1 : 0;
      if (idle > MAX_IDLE_READS) {
        throw new Error(`unexpected end after ${length} bytes`);
      }
      if (value.length > 0) {
        yield value;
      }
      await nextTurn();
    }
  } finally {
    // The decoder works on one stream at a time: an unreleased one blocks all others.
    await reader.cancel().catch(() => undefined);
  }
}

/** @param front - input that was already read */
async function* decodeElsewhere(
  front: Uint8Array[],
  source: AsyncIterator<Uint8Array, unknown>,
): AsyncGenerator<Uint8Array> {
  const decoder = createRequire(import.meta.url).resolve('xz-decompress');
  const worker = new Worker(`(${decodeInThread.toString()})(require)`, {
    eval: true,
    // Do not inherit the process's flags, such as those for loaders and profilers.
    execArgv: [],
    workerData: {
      decoder,
      pieceBytes: PIECE_BYTES,
      ahead: AHEAD,
      maxIdleReads: MAX_IDLE_READS,
    },
  });
  const heard: FromThread[] = [];
  let wake: (() => void) | undefined;
  const hear = (message: FromThread): void => {
    heard.push(message);
    wake?.();
  };
  const tell = (message: ToThread): void => {
    worker.postMessage(message);
  };
  worker.on('message', hear);
  worker.on('error', ({ message }) => {
    hear({ type: 'failed', message });
  });
  worker.on('exit', () => {
    hear({ type: 'failed', message: 'the decoder thread has exited' });
  });
  try {
    for (;;) {
      const message = heard.shift();
      if (message === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
      } else if (message.type === 'hungry') {
        let input = front.shift();
        if (input === undefined) {
          const next = await source.next();
          if (next.done !== true) {
            input = next.value;
          }
        }
        tell({ input });
      } else if (message.type === 'piece') {
        yield message.bytes;
        tell('taken');
      } else if (message.type === 'end') {
        return;
      } else {
        throw new Error(message.message);
      }
    }
  } finally {
    await worker.terminate();
  }
}

/**
 * Main function of the thread. It is passed as text, so it must not use anything from its
 * surroundings: a bundler of this package would not find a separate file.
 */
function decodeInThread(load: NodeJS.Require): void {
  const { parentPort, workerData } = load('node:worker_threads') as {
    parentPort: MessagePort;
    workerData: { decoder: string; pieceBytes: number; ahead: number; maxIdleReads: number };
  };
  const { ReadableStream } = load('node:stream/web') as typeof WebStreams;
  const { XzReadableStream } = load(workerData.decoder) as typeof XzDecompress;
  const say = (message: FromThread, transfer: ArrayBuffer[] = []): void => {
    parentPort.postMessage(message, transfer);
  };

  let taken = workerData.ahead;
  let goOn: (() => void) | undefined;
  let feed: ((bytes: Uint8Array | undefined) => void) | undefined;
  parentPort.on('message', (message: ToThread) => {
    if (message === 'taken') {
      taken += 1;
      goOn?.();
    } else {
      feed?.(message.input);
    }
  });

  let inputLength = 0;
  const compressed = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await new Promise<Uint8Array | undefined>((resolve) => {
          feed = resolve;
          say({ type: 'hungry' });
        });
        inputLength += bytes?.length ?? 0;
        if (bytes === undefined) {
          controller.close();
        } else {
          controller.enqueue(bytes);
        }
      },
    },
    { highWaterMark: 1 },
  );

  const decode = async (): Promise<void> => {
    const reader = new XzReadableStream(compressed).getReader();
    let pieces: Uint8Array[] = [];
    let held = 0;
    const deliver = async (): Promise<void> => {
      while (taken === 0) {
        await new Promise<void>((resolve) => (goOn = resolve));
      }
      taken -= 1;
      const bytes = new Uint8Array(held);
      let at = 0;
      for (const piece of pieces) {
        bytes.set(piece, at);
        at += piece.length;
      }
      pieces = [];
      held = 0;
      say({ type: 'piece', bytes }, [bytes.buffer]);
    };
    let idle = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        break;
      }
      // The decoder returns empty reads forever if its input ends too early.
      idle = value.length === 0 ? idle + 1 : 0;
      if (idle > workerData.maxIdleReads) {
        throw new Error(`unexpected end after ${inputLength} bytes`);
      }
      pieces.push(value);
      held += value.length;
      if (held >= workerData.pieceBytes) {
        await deliver();
      }
    }
    if (held > 0) {
      await deliver();
    }
  };

  decode().then(
    () => {
      say({ type: 'end' });
    },
    (error: unknown) => {
      say({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    },
  );
}
