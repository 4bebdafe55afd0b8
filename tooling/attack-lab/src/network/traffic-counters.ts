/** UDP traffic that the server sent to one address. */
export interface SentTraffic {
  readonly datagrams: number;
  /** UDP payload, in bytes. */
  readonly payloadBytes: number;
}

/** Size of a UDP header and an IPv4 header without options, in bytes. */
const HEADER_BYTES = 20 + 8;

interface CounterElement {
  readonly elem: {
    readonly val: string;
    readonly counter: { readonly packets: number; readonly bytes: number };
  };
}

/**
 * Reads the counters of a dynamic set of addresses, as `nft --json list set` prints them.
 *
 * @returns traffic by receiving address
 * @throws Error when the text holds no set
 */
export function parseTrafficCounters(json: string): ReadonlyMap<string, SentTraffic> {
  const document = JSON.parse(json) as {
    readonly nftables: readonly { readonly set?: { readonly elem?: readonly CounterElement[] } }[];
  };
  const set = document.nftables.find((entry) => entry.set !== undefined)?.set;
  if (set === undefined) {
    throw new Error('nft printed no set');
  }
  return new Map(
    (set.elem ?? []).map(({ elem: { val, counter } }) => [
      val,
      {
        datagrams: counter.packets,
        payloadBytes: counter.bytes - counter.packets * HEADER_BYTES,
      },
    ]),
  );
}
