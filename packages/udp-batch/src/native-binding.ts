import { createRequire } from 'node:module';
import process from 'node:process';

/** Version of the native module's interface; `native/udp-batch.c` has the same number. */
const ABI = 3;

/** Maximum number of datagrams per system call. */
export const SLOTS = 64;

/** Number of fields per datagram in the shared buffers. */
export const FIELDS = 20;

/** Length of the fields of one datagram, in bytes. */
export const RECORD_BYTES: number = 8 * FIELDS;

/** Length of one slot of {@link NativeBinding.bytes}, in bytes. */
export const SLOT_BYTES: number = 65_536 + 64;

/** Length of one slot of {@link NativeBinding.heads}, in bytes. */
export const HEAD_BYTES = 64;

/** Maximum length of a datagram that the native module joins into one piece, in bytes. */
export const JOINED_BYTES = 2_048;

/** First argument of a socket's callback. */
export const Notice = { received: 0, writable: 1, failed: 2 } as const;

/** Flags of {@link NativeBinding.open}. */
export const OpenFlag = {
  reuseAddr: 1,
  reusePort: 2,
  packetInfo: 4,
  fragment: 8,
  noSegmentation: 16,
  broadcast: 32,
} as const;

/** Special values in place of an index into the call's buffers. */
export const BufferIndex = { none: -1, headSlot: -2 } as const;

/** Fields of a received datagram. */
export const Received = {
  length: 0,
  family: 1,
  port: 2,
  address: 3,
  scope: 7,
  interfaceIndex: 8,
  localFamily: 9,
  destination: 10,
  local: 14,
} as const;

/** Fields of a datagram to send. */
export const ToSend = {
  family: 0,
  port: 1,
  address: 2,
  scope: 6,
  headBuffer: 7,
  headOffset: 8,
  headLength: 9,
  bodyBuffer: 10,
  bodyOffset: 11,
  bodyLength: 12,
  interfaceIndex: 13,
  fromFamily: 14,
  from: 15,
} as const;

/** Socket of the native module. */
export interface NativeSocket {
  /**
   * Sends a series. Its heads are packed in `heads`, and the first datagram's fields in `toSend` hold the path and the
   * length of each head. The body fields of the first and the second datagram each describe one buffer of bodies.
   * A body that spans the two must not exceed {@link JOINED_BYTES} together with its head. Returns the number of
   * datagrams that need not be queued for the kernel.
   *
   * This is a method of the socket because looking up a socket passed as an argument is slow in Node-API.
   */
  sendSeries(
    count: number,
    bodyBytes: number,
    buffer: ArrayBuffer,
    otherBuffer: ArrayBuffer | undefined,
  ): number;
}

/** Called with a {@link Notice}; `value` is the number of received datagrams or an error number. */
export type NativeCallback = (notice: number, value: number) => void;

/**
 * Native module, `native/udp-batch.c`. All sockets of a thread share its arrays, whose contents are valid
 * only during one call.
 */
export interface NativeBinding {
  /** SHA-256 of the source, and the compiler. */
  readonly builtFrom: string;
  readonly received: Float64Array;
  readonly toSend: Float64Array;
  /** Family, four words and scope of the last address of `parse` or `local`. */
  readonly parsed: Float64Array;
  /** Error number of each datagram of the last `send`, or 0. */
  readonly errors: Int32Array;
  /** Received bytes, {@link SLOT_BYTES} per slot. */
  readonly bytes: Uint8Array;
  /** Memory for the `head` of each datagram to send. */
  readonly heads: Uint8Array;
  /** Returns a socket, or 4096 times the number of the failed system call plus its error number. */
  open(
    callback: NativeCallback,
    address: string,
    port: number,
    fd: number,
    flags: number,
    receiveBytes: number,
    sendBytes: number,
    device: string,
    peerAddress: string,
    peerPort: number,
    repolls: number,
  ): NativeSocket | number;
  /** Returns the number of datagrams that need not be queued for the kernel. */
  send(
    socket: NativeSocket,
    count: number,
    buffers: readonly ArrayBuffer[],
    bufferCount: number,
  ): number;
  close(socket: NativeSocket): void;
  watch(socket: NativeSocket, awaitsWritable: boolean, isReferenced: boolean): void;
  /** Returns the bound port, or a negative error number. */
  local(socket: NativeSocket): number;
  /** Returns true for an IP address. */
  parse(address: string): boolean;
  /** Returns the text of an IPv6 address. */
  format(word0: number, word1: number, word2: number, word3: number, scope: number): string;
}

/** Native module, or the reason for its absence. */
export type NativeModule =
  | { readonly ok: true; readonly binding: NativeBinding }
  | { readonly ok: false; readonly reason: string };

/** Environment variable with the path of another build of the native module, or `off`. */
const VARIABLE = 'UDP_BATCH_NATIVE';

/**
 * Loads the native module that was built for a platform, or the build that the environment variable
 * `UDP_BATCH_NATIVE` names. With `off`, loads none.
 */
export function loadNativeModule(
  { platform, arch, env }: Pick<NodeJS.Process, 'platform' | 'arch' | 'env'> = process,
  require: (file: string) => unknown = createRequire(import.meta.url),
): NativeModule {
  const chosen = env[VARIABLE];
  if (chosen === 'off') {
    return { ok: false, reason: `turned off by ${VARIABLE}` };
  }
  if (chosen === undefined && !(platform === 'linux' && (arch === 'x64' || arch === 'arm64'))) {
    return { ok: false, reason: `no native module for ${platform} on ${arch}` };
  }
  try {
    const binding = require(chosen ?? `../prebuilds/linux-${arch}/udp-batch.node`);
    return isBinding(binding)
      ? { ok: true, binding }
      : { ok: false, reason: 'the native module belongs to another version of this package' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: `the native module cannot be loaded: ${reason}` };
  }
}

function isBinding(value: unknown): value is NativeBinding {
  return typeof value === 'object' && value !== null && 'abi' in value && value.abi === ABI;
}
