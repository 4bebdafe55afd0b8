import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

import { DelayQueue } from './delay-queue.js';
import { FrameReader } from './frame-reader.js';

/**
 * Below this, a timer is too coarse (Node's have a resolution of 1 ms): the rest of the time is
 * passed in short naps between turns of the event loop.
 */
const TIMER_RESOLUTION_MS = 1.5;

/**
 * The longest nap; frames that arrive meanwhile are seen at its end. It takes some 0.1 ms, and round
 * trips come out as by spinning, which would take half a processor away from the emulated one.
 */
const NAP_MS = 0.02;

/** The end of the wait is spent in the event loop, so that frames are not late, one behind the other. */
const SPIN_MS = 0.25;

const NAPPING = new Int32Array(new SharedArrayBuffer(4));

/** A running delay line. */
export interface DelayLine {
  /** Ends both connections and the sockets. */
  close(): Promise<void>;
}

/**
 * A network cable of a certain length, between two QEMU `stream` netdevs that connect to unix
 * sockets. Frames keep their order and none is lost. The kernel's own delay (netem) is not on every
 * host.
 *
 * @param ends - paths of the two sockets
 * @param roundTripMs - what the cable adds to a round trip: half of it each way
 */
export async function openDelayLine(
  ends: readonly [string, string],
  roundTripMs: number,
): Promise<DelayLine> {
  const [left, right] = await Promise.all([openEnd(ends[0]), openEnd(ends[1])]);
  relay(left, right, roundTripMs / 2);
  relay(right, left, roundTripMs / 2);
  return {
    async close() {
      await Promise.all([left.close(), right.close()]);
    },
  };
}

/** One end of the cable: the last peer that connected. */
interface CableEnd {
  onFrame(listener: (frame: Uint8Array) => void): void;
  /** Frames to an end that nobody is connected to are lost, as on any cable. */
  send(frame: Uint8Array): void;
  close(): Promise<void>;
}

async function openEnd(path: string): Promise<CableEnd> {
  const listeners: ((frame: Uint8Array) => void)[] = [];
  let peer: Socket | undefined;
  const server: Server = createServer((socket) => {
    const reader = new FrameReader();
    peer = socket;
    socket.on('data', (bytes) => {
      for (const frame of reader.push(bytes)) {
        for (const listener of listeners) {
          listener(frame);
        }
      }
    });
    // QEMU ends without a word when the machine is switched off.
    socket.on('error', () => socket.destroy());
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    onFrame: (listener) => listeners.push(listener),
    send(frame) {
      if (peer?.writable === true) {
        peer.write(frame);
      }
    },
    async close() {
      peer?.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function relay(from: CableEnd, to: CableEnd, delayMs: number): void {
  const queue = new DelayQueue<Uint8Array>(delayMs);
  let waiting = false;
  const deliver = (): void => {
    const now = performance.now();
    for (let frame = queue.shift(now); frame !== undefined; frame = queue.shift(now)) {
      to.send(frame);
    }
    const dueAt = queue.nextDueAt;
    waiting = dueAt !== undefined;
    if (dueAt === undefined) {
      return;
    }
    const left = dueAt - now;
    if (left > TIMER_RESOLUTION_MS) {
      setTimeout(deliver, left - TIMER_RESOLUTION_MS);
      return;
    }
    if (left > SPIN_MS) {
      Atomics.wait(NAPPING, 0, 0, NAP_MS);
    }
    setImmediate(deliver);
  };
  from.onFrame((frame) => {
    queue.push(frame, performance.now());
    if (!waiting) {
      deliver();
    }
  });
}
