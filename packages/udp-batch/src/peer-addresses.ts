import { type NativeBinding, Received, RECORD_BYTES } from './native-binding.js';
import { type UdpDestination, type UdpEndpoint } from './udp-socket.js';

/** Maximum number of entries of each table; a full table is emptied. */
const MAX_ENTRIES = 8_192;

/** Address in the native module's notation: family (4 or 6), four words, and scope. */
export type AddressFields = readonly [
  family: number,
  word0: number,
  word1: number,
  word2: number,
  word3: number,
  scope: number,
];

/**
 * Converts addresses between text and the notation of the native module. Both are cached: a peer sends many
 * datagrams, and converting its address costs more than its share of a system call.
 */
export class PeerAddresses {
  readonly #native: NativeBinding;
  readonly #received: DataView;
  readonly #parsed: DataView;
  // Only addresses without a scope: the interface of a name changes when it is created again.
  readonly #senders = new Map<number | string, UdpEndpoint>();
  readonly #fields = new Map<string, AddressFields>();

  constructor(native: NativeBinding) {
    this.#native = native;
    this.#received = new DataView(native.received.buffer);
    this.#parsed = new DataView(native.parsed.buffer);
  }

  /** Returns the sender of a received datagram. */
  sender(slot: number): UdpEndpoint {
    const family = this.#number(slot, Received.family);
    const port = this.#number(slot, Received.port);
    const words = this.#words(slot, Received.address);
    const scope = this.#number(slot, Received.scope);
    const key = family === 4 ? words[0] * 0x1_0000 + port : `${words.join()},${scope},${port}`;
    let sender = this.#senders.get(key);
    if (sender === undefined) {
      sender = this.#endpoint([family, ...words, scope], port);
      if (scope === 0) {
        remember(this.#senders, key, sender);
      }
    }
    return sender;
  }

  /** Returns where a datagram was received; undefined if its socket does not ask for that. */
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
      if (fields[5] === 0) {
        remember(this.#fields, address, fields);
      }
    }
    return fields;
  }

  /** Returns the bound address that {@link NativeBinding.local} wrote. */
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

function remember<K, V>(table: Map<K, V>, key: K, value: V): void {
  if (table.size >= MAX_ENTRIES) {
    table.clear();
  }
  table.set(key, value);
}
