import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { decodeXz } from './xz-decoder.js';
import { type FromThread, type ToThread } from './xz-messages.js';

/**
 * Size in bytes below which input is decoded in the calling thread. The packages with PXELINUX are smaller;
 * starting a thread costs as much as decoding half a megabyte.
 */
const SHORT_BYTES = 2 * 1024 * 1024;

/**
 * Decodes xz. Decoding is slow (20 MB/s of output) and must not block a server that is booting
 * machines: long input is decoded in a worker thread, short input in slices of a few milliseconds.
 *
 * @throws Error for data that cannot be decoded; errors from `input` are passed on unchanged
 */
export async function* unxz(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = input[Symbol.asyncIterator]();
  const front: Uint8Array[] = [];
  let length = 0;
  try {
    while (length < SHORT_BYTES) {
      const next = await source.next();
      if (next.done === true) {
        for await (const piece of decodeXz(front)) {
          yield piece;
          await nextTurn();
        }
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

/**
 * Decodes xz in a worker thread.
 *
 * @param front - input that was already read from `source`
 */
async function* decodeElsewhere(
  front: Uint8Array[],
  source: AsyncIterator<Uint8Array, unknown>,
): AsyncGenerator<Uint8Array> {
  const worker = new Worker(workerFile(), {
    // Do not inherit the process's flags, such as those for loaders and profilers.
    execArgv: [],
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
      } else if (message.type === 'chunk') {
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
 * Returns the path of the thread's program, a separate file of the build. It is located through the package's
 * name, since a path relative to this module would be wrong in the sources and in bundled programs.
 */
function workerFile(): string {
  const manifest = createRequire(import.meta.url).resolve('@pxe/debian-netboot/package.json');
  return join(dirname(manifest), 'dist/xz-worker.js');
}
