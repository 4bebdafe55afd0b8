/** Thread that decodes xz for {@link unxz}: asks for input, and sends decoded chunks ahead of the reader. */
import { type MessagePort, parentPort } from 'node:worker_threads';

import { decodeXz } from './xz-decoder.js';
import { type FromThread, type ToThread } from './xz-messages.js';

/** Minimum chunk size in bytes: each chunk costs a turn of both event loops. */
const CHUNK_BYTES = 256 * 1024;

/** Maximum number of chunks decoded ahead of the reader. */
const AHEAD = 2;

async function decodeFor(port: MessagePort): Promise<void> {
  const say = (message: FromThread, transfer: ArrayBuffer[] = []): void => {
    port.postMessage(message, transfer);
  };
  let room = AHEAD;
  let goOn: (() => void) | undefined;
  let feed: ((input: Uint8Array | undefined) => void) | undefined;
  port.on('message', (message: ToThread) => {
    if (message === 'taken') {
      room += 1;
      goOn?.();
    } else {
      feed?.(message.input);
    }
  });
  const input = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) {
      const bytes = await new Promise<Uint8Array | undefined>((resolve) => {
        feed = resolve;
        say({ type: 'hungry' });
      });
      if (bytes === undefined) {
        return;
      }
      yield bytes;
    }
  };
  const deliver = async (pieces: readonly Uint8Array[]): Promise<void> => {
    while (room === 0) {
      await new Promise<void>((resolve) => (goOn = resolve));
    }
    room -= 1;
    const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    say({ type: 'chunk', bytes }, [bytes.buffer]);
  };
  let pieces: Uint8Array[] = [];
  let held = 0;
  try {
    for await (const piece of decodeXz(input())) {
      pieces.push(piece);
      held += piece.length;
      if (held >= CHUNK_BYTES) {
        await deliver(pieces);
        pieces = [];
        held = 0;
      }
    }
    if (held > 0) {
      await deliver(pieces);
    }
    say({ type: 'end' });
  } catch (error) {
    say({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

if (parentPort !== null) {
  void decodeFor(parentPort);
}
