import { type NativeBinding, Received, RECORD_BYTES, ToSend } from './native-binding.js';
import { type UdpDestination, type UdpEndpoint } from './udp-socket.js';

/** Maximum number of parsed addresses to remember; a full table is cleared. */
const MAX_PARSED = 8_192;

/** Fields that stand for an address that cannot be parsed; the native module answers with EINVAL. */
export const UNUSABLE: AddressFields = [-1, 0, 0, 0, 0, 0];

/** Number of senders to remember, a power of two. */
const SENDERS = 8_192;

/** Address as the native module represents it: family (4 or 6), four words, and scope. */
export type AddressFields = readonly [
  family: number,
  word0: number,
  word1: number,
  word2: number,
  word3: number,
  scope: number,
];

/**
 * Sender of datagrams, with its address as the native module represents it. The words are fields of the object, as signed
 * integers, which V8 keeps in place: with thousands of senders, each object that a datagram touches is likely not in
 * the processor's cache.
 */
class Sender implements UdpEndpoint {
  readonly port: number;
  readonly address: string;
  readonly #family: number;
  readonly #word0: number;
  readonly #word1: number;
  readonly #word2: number;
  readonly #word3: number;
  readonly family: 'IPv4' | 'IPv6';

  constructor(address: string, port: number, [family, word0, word1, word2, word3]: AddressFields) {
    this.port = port;
    this.address = address;
    this.family = family === 4 ? 'IPv4' : 'IPv6';
    this.#family = family;
    this.#word0 = word0 | 0;
    this.#word1 = word1 | 0;
    this.#word2 = word2 | 0;
    this.#word3 = word3 | 0;
  }

  /** Writes the family and the words of an endpoint that is a sender; returns false for any other endpoint. */
  static write(endpoint: UdpEndpoint, toSend: Float64Array, start: number): boolean {
    if (!(#family in endpoint)) {
      return false;
    }
    toSend[start + ToSend.family] = endpoint.#family;
    toSend[start + ToSend.address] = endpoint.#word0 >>> 0;
    toSend[start + ToSend.address + 1] = endpoint.#word1 >>> 0;
    toSend[start + ToSend.address + 2] = endpoint.#word2 >>> 0;
    toSend[start + ToSend.address + 3] = endpoint.#word3 >>> 0;
    toSend[start + ToSend.scope] = 0;
    return true;
  }

  /** Returns true if this sender has the given port and address. The caller checks that the address has no scope. */
  is(
    port: number,
    family: number,
    word0: number,
    word1: number,
    word2: number,
    word3: number,
  ): boolean {
    return (
      port === this.port &&
      (word0 | 0) === this.#word0 &&
      (word3 | 0) === this.#word3 &&
      family === this.#family &&
      (word1 | 0) === this.#word1 &&
      (word2 | 0) === this.#word2
    );
  }
}

/**
 * Converts addresses between text and the fields of the native module, with a cache for each direction: a
 * peer sends many datagrams, and converting its address costs more than its share of a system call.
 */
export class PeerAddresses {
  readonly #native: NativeBinding;
  readonly #received: DataView;
  readonly #parsed: DataView;
  /**
   * Recent senders, each in a slot derived from its address and port; a newer sender may replace it. Only
   * addresses without a scope are kept, since the interface that a scope names has another index once it is
   * created again.
   */
  readonly #senders: (Sender | undefined)[] = Array.from({ length: SENDERS });
  readonly #fields = new Map<string, AddressFields>();

  constructor(native: NativeBinding) {
    this.#native = native;
    this.#received = new DataView(native.received.buffer);
    this.#parsed = new DataView(native.parsed.buffer);
  }

  /** Returns the sender of a received datagram. */
  sender(slot: number): UdpEndpoint {
    const port = this.#number(slot, Received.port);
    const family = this.#number(slot, Received.family);
    const word0 = this.#number(slot, Received.address);
    const word1 = this.#number(slot, Received.address + 1);
    const word2 = this.#number(slot, Received.address + 2);
    const word3 = this.#number(slot, Received.address + 3);
    const scope = this.#number(slot, Received.scope);
    const word = word0 ^ word3;
    const place = (port ^ word ^ (word >>> 16)) & (SENDERS - 1);
    const known = this.#senders[place];
    // Compared number by number: allocating an array for each datagram costs more than the comparison.
    if (scope === 0 && known?.is(port, family, word0, word1, word2, word3) === true) {
      return known;
    }
    const fields: AddressFields = [family, word0, word1, word2, word3, scope];
    if (scope !== 0) {
      return this.#endpoint(fields, port);
    }
    const sender = new Sender(this.#text(fields), port, fields);
    this.#senders[place] = sender;
    return sender;
  }

  /**
   * Writes the address of a datagram's receiver. The native module answers with EINVAL for one that is not an IP address.
   *
   * @param start - index of the datagram's first number
   */
  write(endpoint: UdpEndpoint, start: number): void {
    const { toSend } = this.#native;
    toSend[start + ToSend.port] = endpoint.port;
    if (!Sender.write(endpoint, toSend, start)) {
      const [family, word0, word1, word2, word3, scope] = this.parse(endpoint.address) ?? UNUSABLE;
      toSend[start + ToSend.family] = family;
      toSend[start + ToSend.address] = word0;
      toSend[start + ToSend.address + 1] = word1;
      toSend[start + ToSend.address + 2] = word2;
      toSend[start + ToSend.address + 3] = word3;
      toSend[start + ToSend.scope] = scope;
    }
  }

  /** Returns where a datagram was received; undefined if its socket does not request that. */
  destination(slot: number): UdpDestination | undefined {
    const family = this.#number(slot, Received.localFamily);
    if (family === 0) {
      return undefined;
    }
    const interfaceIndex = this.#number(slot, Received.interfaceIndex);
    const text = (field: number): string =>
      this.#text([family, ...this.#words(slot, field), interfaceIndex]);
    return {
      destination: text(Received.destination),
      address: text(Received.local),
      interfaceIndex,
    };
  }

  /** Returns the fields of an address; undefined for text that is not an IP address. */
  parse(address: string): AddressFields | undefined {
    let fields = this.#fields.get(address);
    if (fields === undefined && this.#native.parse(address)) {
      fields = this.#lastParsed();
      if (this.#fields.size >= MAX_PARSED) {
        this.#fields.clear();
      }
      if (fields[5] === 0) {
        this.#fields.set(address, fields);
      }
    }
    return fields;
  }

  /** Returns the bound address, as {@link NativeBinding.local} wrote it. */
  bound(port: number): UdpEndpoint {
    return this.#endpoint(this.#lastParsed(), port);
  }

  #endpoint(fields: AddressFields, port: number): UdpEndpoint {
    return { address: this.#text(fields), port, family: fields[0] === 4 ? 'IPv4' : 'IPv6' };
  }

  #text([family, word0, word1, word2, word3, scope]: AddressFields): string {
    return family === 4
      ? `${word0 >>> 24}.${(word0 >>> 16) & 0xff}.${(word0 >>> 8) & 0xff}.${word0 & 0xff}`
      : this.#native.format(word0, word1, word2, word3, scope);
  }

  #lastParsed(): AddressFields {
    const at = (index: number): number => this.#parsed.getFloat64(index * 8, true);
    return [at(0), at(1), at(2), at(3), at(4), at(5)];
  }

  #words(slot: number, field: number): [number, number, number, number] {
    return [
      this.#number(slot, field),
      this.#number(slot, field + 1),
      this.#number(slot, field + 2),
      this.#number(slot, field + 3),
    ];
  }

  #number(slot: number, field: number): number {
    return this.#received.getFloat64(slot * RECORD_BYTES + field * 8, true);
  }
}
