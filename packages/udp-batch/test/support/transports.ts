import { BatchSockets } from '../../src/batch-socket.js';
import { bindDgramSocket } from '../../src/dgram-socket.js';
import { loadNativeModule, type NativeBinding } from '../../src/native-binding.js';
import {
  type ReceivedUdpDatagram,
  type UdpBinding,
  type UdpDatagram,
  type UdpHandler,
  type UdpSocket,
} from '../../src/udp-socket.js';

export type Bind = (binding: UdpBinding, handler: UdpHandler) => UdpSocket | Promise<UdpSocket>;

/** Returns the native module; the tests cannot run without it. */
export function nativeModule(): NativeBinding {
  const native = loadNativeModule();
  if (!native.ok) {
    throw new Error(native.reason);
  }
  return native.binding;
}

const NATIVE = new BatchSockets(nativeModule());

export const bindNative: Bind = (binding, handler) => NATIVE.bind(binding, handler);

export const TRANSPORTS: readonly (readonly [name: string, bind: Bind])[] = [
  ['native', bindNative],
  ['node:dgram', bindDgramSocket],
];

/** Socket that records everything it reports. */
export interface RecordingSocket {
  readonly socket: UdpSocket;
  readonly received: ReceivedUdpDatagram[];
  readonly batches: number[];
  readonly failures: Error[];
  readonly unsent: (readonly [error: Error, datagram: UdpDatagram])[];
}

/** Receive buffer with room for all datagrams of a test. */
const RECEIVE_BUFFER = { recvBufferSize: 4 * 1024 * 1024 };

/** Sockets of a test, closed at its end. */
export class Sockets implements AsyncDisposable {
  readonly #open: UdpSocket[] = [];

  /** Binds a socket on loopback that records what it reports. */
  async open(bind: Bind, binding: Partial<UdpBinding> = {}): Promise<RecordingSocket> {
    const received: ReceivedUdpDatagram[] = [];
    const batches: number[] = [];
    const failures: Error[] = [];
    const unsent: (readonly [Error, UdpDatagram])[] = [];
    const socket = await bind(
      { at: { address: '127.0.0.1', port: 0 }, ...RECEIVE_BUFFER, ...binding },
      {
        received(batch) {
          received.push(...batch);
          batches.push(batch.length);
        },
        failed(error) {
          failures.push(error);
        },
        unsent(error, datagram) {
          unsent.push([error, datagram]);
        },
      },
    );
    this.#open.push(socket);
    return { socket, received, batches, failures, unsent };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#open.map((socket) => socket.close()));
  }
}

/** Returns bytes that differ between positions and between seeds. */
export function pattern(length: number, seed = 0): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + seed * 7 + (at >> 8)) & 0xff);
}
