import { DATA_HEADER_BYTES } from '../codec/constants.js';
import { writeDataHeader } from '../codec/encode.js';
import { type BlockPlace, type OutgoingDatagram } from '../transfer/machine.js';
import { type OutgoingPack, type RoutedPack } from './endpoint-events.js';
import { type TftpEndpointAddress } from './peer-table.js';

/** Maximum number of packets in a pack: as many as a transport sends with one system call. */
const MAX_PACKETS = 64;

/**
 * DATA packets that wait to be sent together from one socket. With hundreds of clients in lock-step, creating a head, a
 * view of the body and an object for each packet takes a fifth of the server's time. So the packets are entries of
 * arrays that the next pack uses again.
 */
export class BlockPack<Local> {
  /** Socket of the packets; undefined if there are none. */
  #local: Local | undefined;
  #count = 0;
  readonly #remotes: TftpEndpointAddress[] = [];
  readonly #heads = new Uint8Array(MAX_PACKETS * DATA_HEADER_BYTES);
  readonly #memories: ArrayBuffer[] = [];
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];

  /** True if there are no packets. */
  get isEmpty(): boolean {
    return this.#local === undefined;
  }

  /** Returns true if a packet from a socket may be added. */
  hasRoomFor(local: Local): boolean {
    return this.#local === undefined || (this.#local === local && this.#count < MAX_PACKETS);
  }

  /** Adds a packet. */
  add(local: Local, remote: TftpEndpointAddress, place: BlockPlace): void {
    const at = this.#count;
    this.#local = local;
    this.#remotes[at] = remote;
    writeDataHeader(this.#heads, at * DATA_HEADER_BYTES, place.block);
    this.#memories[at] = place.memory;
    this.#offsets[at] = place.offset;
    this.#lengths[at] = place.length;
    this.#count = at + 1;
  }

  /** Removes and returns all packets. The result is valid until the next call of `add` or `take`. */
  take(): RoutedPack<Local> | undefined {
    const local = this.#local;
    if (local === undefined) {
      if (this.#memories.length > 0) {
        // The previous pack has been sent, and a server without work must not keep files in memory.
        this.#memories.length = 0;
      }
      return undefined;
    }
    const count = this.#count;
    this.#local = undefined;
    this.#count = 0;
    return {
      local,
      count,
      remotes: this.#remotes,
      heads: this.#heads,
      headBytes: DATA_HEADER_BYTES,
      memories: this.#memories,
      offsets: this.#offsets,
      lengths: this.#lengths,
    };
  }
}

/** Returns the datagrams of a pack. */
export function unpacked(
  pack: OutgoingPack,
): (OutgoingDatagram & { readonly remote: TftpEndpointAddress })[] {
  const { count, remotes, heads, headBytes, memories, offsets, lengths } = pack;
  return remotes.slice(0, count).map((remote, at) => {
    // A copy, since the heads are written over by those of the next pack.
    const head = heads.slice(at * headBytes, (at + 1) * headBytes);
    const memory = memories[at];
    return memory === undefined
      ? { remote, head }
      : { remote, head, body: new Uint8Array(memory, offsets[at], lengths[at]) };
  });
}
