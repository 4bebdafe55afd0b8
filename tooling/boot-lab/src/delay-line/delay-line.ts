import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

import { DelayQueue } from './delay-queue.js';
import { FrameReader } from './frame-reader.js';

/**
 * Shortest wait for which a timer is used; Node's have a resolution of 1 ms. Shorter waits are
 * short naps between turns of the event loop.
 */
const TIMER_RESOLUTION_MS = 1.5;

/**
 * Duration of a nap; frames that arrive meanwhile are handled after it. It takes about 0.1 ms.
 * Round trips are as accurate as with busy waiting, which would take half a processor from the
 * emulator.
 */
const NAP_MS = 0.02;

/**
 * The end of the wait is spent in the event loop, so that frames are not delayed one behind the
 * other.
 */
const SPIN_MS = 0.25;

const NAPPING = new Int32Array(new SharedArrayBuffer(4));

/** A running delay line. */
export interface DelayLine {
  /** Ends both connections and the sockets. */
  close(): Promise<void>;
}

/**
 * Network cable with a delay, between two QEMU `stream` netdevs that connect to unix sockets.
 * Frames keep their order, and none is lost. The kernel's own delay (netem) is not available on
 * every host.
 *
 * @param ends - paths of the two sockets
 * @param roundTripMs - delay added to a round trip, half of it in each direction
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
  /** Frames to an unconnected end are lost, as with any cable. */
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
