import { constants } from 'node:os';

import { systemError, type UdpSystemError } from './errors.js';
import {
  BufferIndex,
  FIELDS,
  HEAD_BYTES,
  JOINED_BYTES,
  type NativeBinding,
  type NativeSocket,
  Notice,
  OpenFlag,
  SLOTS,
  ToSend,
} from './native-binding.js';
import { type AddressFields, PeerAddresses, UNUSABLE } from './peer-addresses.js';
import { ReceivedBatches } from './received-batches.js';
import {
  datagramsOf,
  joined,
  MAX_QUEUED_BYTES,
  MAX_QUEUED_DATAGRAMS,
  type UdpBinding,
  type UdpDatagram,
  type UdpEndpoint,
  type UdpHandler,
  type UdpPack,
  type UdpSeries,
  type UdpSocket,
  unpacked,
} from './udp-socket.js';

/** System calls of {@link NativeBinding.open}; their numbers start at 1. */
const SYSTEM_CALLS = ['socket', 'setsockopt', 'bind', 'connect', 'getsockname', 'fcntl', 'poll'];

/**
 * Factor that {@link NativeBinding.open} multiplies the number of a failed system call by; see `openError`.
 */
const ERRNO_RANGE = 4_096;

/** Binds sockets of the native module. */
export class BatchSockets {
  readonly #native: NativeBinding;
  readonly #addresses: PeerAddresses;
  readonly #received: ReceivedBatches;

  constructor(native: NativeBinding) {
    this.#native = native;
    this.#addresses = new PeerAddresses(native);
    this.#received = new ReceivedBatches(native, this.#addresses);
  }

  /**
   * Binds a socket.
   *
   * @throws {@link UdpSystemError} when the socket cannot be opened, set up, bound or connected
   */
  bind(binding: UdpBinding, handler: UdpHandler): UdpSocket {
    return new BatchSocket(this.#native, this.#addresses, this.#received, binding, handler);
  }
}

/** Datagram that cannot be sent. */
type UnsentDatagram = readonly [errno: number, datagram: UdpDatagram];

class BatchSocket implements UdpSocket {
  readonly local: UdpEndpoint;
  readonly #native: NativeBinding;
  readonly #addresses: PeerAddresses;
  readonly #handler: UdpHandler;
  readonly #socket: NativeSocket;
  readonly #maxQueuedBytes: number;
  readonly #received: ReceivedBatches;
  readonly #lends: boolean;
  readonly #errors: DataView;
  /** Copies of the datagrams that the kernel did not accept, in order. */
  readonly #queue: UdpDatagram[] = [];
  #queuedBytes = 0;
  #isOpen = true;
  #isReferenced = true;

  constructor(
    native: NativeBinding,
    addresses: PeerAddresses,
    received: ReceivedBatches,
    binding: UdpBinding,
    handler: UdpHandler,
  ) {
    this.#native = native;
    this.#addresses = addresses;
    this.#received = received;
    this.#lends = binding.reusesDatagrams === true && binding.packetInfo !== true;
    this.#handler = handler;
    this.#maxQueuedBytes = binding.maxQueuedBytes ?? MAX_QUEUED_BYTES;
    const { at, peer } = binding;
    const place = 'fd' in at ? { address: '', port: 0 } : at;
    const socket = native.open(
      (notice, value) => {
        this.#notice(notice, value);
      },
      place.address,
      place.port,
      'fd' in at ? at.fd : -1,
      flagsOf(binding),
      binding.recvBufferSize ?? 0,
      binding.sendBufferSize ?? 0,
      binding.device ?? '',
      peer?.address ?? '',
      peer?.port ?? 0,
      binding.repolls ?? 0,
    );
    if (typeof socket === 'number') {
      throw openError(socket, binding);
    }
    this.#socket = socket;
    this.local = addresses.bound(native.local(socket));
    this.#errors = new DataView(native.errors.buffer);
  }

  get queuedDatagrams(): number {
    return this.#queue.length;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  send(batch: readonly UdpDatagram[]): void {
    if (this.#isOpen) {
      const sent = this.#queue.length === 0 ? this.#sendNow(batch) : 0;
      for (const datagram of batch.slice(sent)) {
        this.#enqueue(datagram);
      }
    }
  }

  sendSeries(series: UdpSeries): void {
    const sent = this.#isOpen && this.#queue.length === 0 ? this.#sendSeriesNow(series) : undefined;
    if (sent === undefined) {
      this.send(datagramsOf(series, 0));
    } else if (sent < series.count) {
      for (const datagram of datagramsOf(series, sent)) {
        this.#enqueue(datagram);
      }
    }
  }

  sendPack(pack: UdpPack): void {
    const sent = this.#isOpen && this.#queue.length === 0 ? this.#sendPackNow(pack) : undefined;
    if (sent === undefined) {
      this.send(unpacked(pack, 0));
    } else if (sent < pack.count) {
      for (const datagram of unpacked(pack, sent)) {
        this.#enqueue(datagram);
      }
    }
  }

  ref(): void {
    this.#isReferenced = true;
    this.#watch();
  }

  unref(): void {
    this.#isReferenced = false;
    this.#watch();
  }

  close(): Promise<void> {
    this.#isOpen = false;
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#native.close(this.#socket);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #watch(): void {
    this.#native.watch(this.#socket, this.#queue.length > 0, this.#isReferenced);
  }

  #notice(notice: number, value: number): void {
    switch (notice) {
      case Notice.received:
        this.#handler.received(
          this.#lends ? this.#received.lend(value) : this.#received.take(value),
        );
        break;
      case Notice.writable:
        this.#flush();
        break;
      default:
        this.#handler.failed(systemError('recvmmsg', value));
    }
  }

  /** Queues a copy of a datagram, to be sent once the kernel accepts datagrams again. */
  #enqueue(datagram: UdpDatagram): void {
    const { remote, from } = datagram;
    const bytes = joined(datagram);
    if (
      this.#queuedBytes + bytes.length > this.#maxQueuedBytes ||
      this.#queue.length >= MAX_QUEUED_DATAGRAMS
    ) {
      this.#handler.unsent?.(systemError('sendmmsg', constants.errno.ENOBUFS, remote), datagram);
      return;
    }
    this.#queue.push({ remote, head: bytes, ...(from && { from }) });
    this.#queuedBytes += bytes.length;
    if (this.#queue.length === 1) {
      this.#watch();
    }
  }

  #flush(): void {
    const sent = this.#queue.splice(0, this.#sendNow(this.#queue));
    for (const { head } of sent) {
      this.#queuedBytes -= head.length;
    }
    if (this.#queue.length === 0) {
      this.#watch();
    }
  }

  /** Sends until the kernel accepts no more; returns the number of datagrams that need not be queued. */
  #sendNow(batch: readonly UdpDatagram[]): number {
    const errors: UnsentDatagram[] = [];
    let sent = 0;
    let isAccepting = true;
    while (isAccepting && sent < batch.length) {
      const part = sent === 0 && batch.length <= SLOTS ? batch : batch.slice(sent, sent + SLOTS);
      const done = this.#sendPart(part);
      this.#addErrors(part, done, errors);
      sent += done;
      isAccepting = done === part.length;
    }
    this.#report(errors);
    return sent;
  }

  /** Adds the errors of the first `done` datagrams of the last batch. */
  #addErrors(part: readonly UdpDatagram[], done: number, errors: UnsentDatagram[]): void {
    for (let slot = 0; slot < done; slot += 1) {
      const errno = this.#errors.getInt32(slot * 4, true);
      const datagram = part[slot];
      if (errno !== 0 && datagram !== undefined) {
        errors.push([errno, datagram]);
      }
    }
  }

  /** Reports errors. The last step of sending, since the callback may send as well. */
  #report(errors: readonly UnsentDatagram[]): void {
    for (const [errno, datagram] of errors) {
      this.#handler.unsent?.(systemError('sendmmsg', errno, datagram.remote), datagram);
    }
  }

  /** Sends at most {@link SLOTS} datagrams; returns the number of those that need not be queued. */
  #sendPart(part: readonly UdpDatagram[]): number {
    const buffers: ArrayBuffer[] = [];
    let slot = 0;
    for (const datagram of part) {
      this.#write(slot, datagram, buffers);
      slot += 1;
    }
    return this.#native.send(this.#socket, part.length, buffers, buffers.length);
  }

  /**
   * Sends a series if the native module can send it in one call.
   *
   * @returns the number of datagrams that need not be queued; undefined if it cannot
   */
  #sendSeriesNow(series: UdpSeries): number | undefined {
    const { remote, count, heads, bodies, bodyBytes } = series;
    const headBytes = heads.length / count;
    const [first, second] = bodies;
    // Read only once: the getter is a call into the engine.
    const buffer = first?.buffer;
    const otherBuffer = second?.buffer;
    const isSmall =
      count <= SLOTS &&
      headBytes <= HEAD_BYTES &&
      (second === undefined || headBytes + bodyBytes <= JOINED_BYTES);
    // Bytes in shared memory are copied, since another thread may change them.
    const isOwned =
      buffer instanceof ArrayBuffer &&
      (otherBuffer === undefined || otherBuffer instanceof ArrayBuffer);
    if (first === undefined || bodies.length > 2 || !isSmall || !isOwned) {
      return undefined;
    }
    const { toSend } = this.#native;
    this.#addresses.write(remote, 0);
    this.#native.heads.set(heads);
    toSend[ToSend.headLength] = headBytes;
    this.#writePlace(0, 0, first);
    if (second !== undefined) {
      this.#writePlace(FIELDS, 1, second);
    }
    toSend[ToSend.interfaceIndex] = 0;
    toSend[ToSend.fromFamily] = 0;
    const sent = this.#socket.sendSeries(count, bodyBytes, buffer, otherBuffer);
    this.#reportAny(sent, () => datagramsOf(series, 0));
    return sent;
  }

  /** Reports the errors of the first `sent` datagrams of the last batch, if there are any. */
  #reportAny(sent: number, datagrams: () => readonly UdpDatagram[]): void {
    for (let slot = 0; slot < sent; slot += 1) {
      if (this.#errors.getInt32(slot * 4, true) !== 0) {
        const errors: UnsentDatagram[] = [];
        this.#addErrors(datagrams(), sent, errors);
        this.#report(errors);
        break;
      }
    }
  }

  /**
   * Sends a pack if the native module can send it in one call.
   *
   * @returns the number of datagrams that need not be queued; undefined if it cannot
   */
  #sendPackNow(pack: UdpPack): number | undefined {
    const { count, remotes, heads, headBytes, memories, offsets, lengths } = pack;
    if (count > SLOTS || headBytes > HEAD_BYTES) {
      return undefined;
    }
    const { toSend, heads: headSlots } = this.#native;
    const buffers: ArrayBuffer[] = [];
    let slot = 0;
    for (const remote of remotes) {
      if (slot === count) {
        break;
      }
      const start = slot * FIELDS;
      this.#addresses.write(remote, start);
      for (let at = 0; at < headBytes; at += 1) {
        headSlots[slot * HEAD_BYTES + at] = Number(heads[slot * headBytes + at]);
      }
      toSend[start + ToSend.headBuffer] = BufferIndex.headSlot;
      toSend[start + ToSend.headOffset] = 0;
      toSend[start + ToSend.headLength] = headBytes;
      const memory = memories[slot];
      if (memory !== undefined && buffers[buffers.length - 1] !== memory) {
        buffers.push(memory);
      }
      toSend[start + ToSend.bodyBuffer] =
        memory === undefined ? BufferIndex.none : buffers.length - 1;
      toSend[start + ToSend.bodyOffset] = Number(offsets[slot]);
      toSend[start + ToSend.bodyLength] = Number(lengths[slot]);
      toSend[start + ToSend.interfaceIndex] = 0;
      toSend[start + ToSend.fromFamily] = 0;
      slot += 1;
    }
    const sent = this.#native.send(this.#socket, slot, buffers, buffers.length);
    this.#reportAny(sent, () => unpacked(pack, 0));
    return sent;
  }

  /** Writes a datagram into the shared memory, with its body by reference. */
  #write(slot: number, { remote, head, body, from }: UdpDatagram, buffers: ArrayBuffer[]): void {
    const { toSend, heads } = this.#native;
    const start = slot * FIELDS;
    this.#addresses.write(remote, start);
    if (head.length <= HEAD_BYTES) {
      const at = slot * HEAD_BYTES;
      for (let index = 0; index < head.length; index += 1) {
        heads[at + index] = Number(head[index]);
      }
      toSend[start + ToSend.headBuffer] = BufferIndex.headSlot;
      toSend[start + ToSend.headOffset] = 0;
      toSend[start + ToSend.headLength] = head.length;
    } else {
      this.#writePiece(start + ToSend.headBuffer, head, buffers);
    }
    if (body === undefined) {
      toSend[start + ToSend.bodyBuffer] = BufferIndex.none;
    } else {
      this.#writePiece(start + ToSend.bodyBuffer, body, buffers);
    }
    const source =
      from?.address === undefined ? ANY : (this.#addresses.parse(from.address) ?? UNUSABLE);
    toSend[start + ToSend.interfaceIndex] = from?.interfaceIndex ?? 0;
    toSend[start + ToSend.fromFamily] = source[0];
    this.#writeWords(start + ToSend.from, source);
  }

  /** Writes the four words of an address, which are stored after its family. */
  #writeWords(start: number, [, word0, word1, word2, word3]: AddressFields): void {
    const { toSend } = this.#native;
    toSend[start] = word0;
    toSend[start + 1] = word1;
    toSend[start + 2] = word2;
    toSend[start + 3] = word3;
  }

  /**
   * Adds the buffer of `bytes` to `buffers`, unless it is the last one there, and writes its index, the offset
   * and the length. Bytes in shared memory are copied, since another thread may change them.
   */
  #writePiece(start: number, bytes: Uint8Array, buffers: ArrayBuffer[]): void {
    const { toSend } = this.#native;
    // Read only once: the getter is a call into the engine.
    const memory = bytes.buffer;
    if (!(memory instanceof ArrayBuffer)) {
      this.#writePiece(start, Uint8Array.from(bytes), buffers);
      return;
    }
    if (buffers.length === 0 || buffers[buffers.length - 1] !== memory) {
      buffers.push(memory);
    }
    toSend[start] = buffers.length - 1;
    toSend[start + 1] = bytes.byteOffset;
    toSend[start + 2] = bytes.length;
  }

  /** Writes where bodies are, in the buffer with this index, into the body fields of the datagram at `start`. */
  #writePlace(start: number, index: number, bytes: Uint8Array): void {
    const { toSend } = this.#native;
    toSend[start + ToSend.bodyBuffer] = index;
    toSend[start + ToSend.bodyOffset] = bytes.byteOffset;
    toSend[start + ToSend.bodyLength] = bytes.length;
  }
}

/** Family, words and scope that stand for "no address": the system picks one. */
const ANY: AddressFields = [0, 0, 0, 0, 0, 0];

function flagsOf(binding: UdpBinding): number {
  const { reuseAddr, reusePort, packetInfo, allowFragmentation, segmentation, broadcast } = binding;
  return (
    (reuseAddr === true ? OpenFlag.reuseAddr : 0) |
    (reusePort === true ? OpenFlag.reusePort : 0) |
    (packetInfo === true ? OpenFlag.packetInfo : 0) |
    (allowFragmentation === true ? OpenFlag.fragment : 0) |
    (segmentation === false ? OpenFlag.noSegmentation : 0) |
    (broadcast === true ? OpenFlag.broadcast : 0)
  );
}

/** Returns the error for a failed {@link NativeBinding.open}. */
function openError(failure: number, { at, peer }: UdpBinding): UdpSystemError {
  const syscall = String(SYSTEM_CALLS[Math.floor(failure / ERRNO_RANGE) - 1]);
  const place = 'fd' in at ? undefined : at;
  return systemError(syscall, failure % ERRNO_RANGE, syscall === 'connect' ? peer : place);
}
