import { SendTransfer } from '../transfer/send-transfer.js';
import { RecentAddresses } from './recent-addresses.js';
import { type ServerTransfer } from './server-transfer.js';

/** Largest block that passes all common tunnels, in bytes: 1,464 with IPv4 headers. */
const SUSPECT_ABOVE = 1_432;

/** Largest `blksize` for a client behind a black hole, in bytes. */
export const BLOCK_SIZE_IN_BLACK_HOLE = 1_024;

/**
 * Maximum number of remembered clients of each kind: those that were sent large blocks, and those that
 * received none.
 */
const MAX_CLIENTS = 1_024;

/** Time for which a client behind a black hole is remembered, in milliseconds. */
const KEEP_MS = 3_600_000;

/**
 * Clients behind a path MTU black hole (RFC 2923 §2.1): a link on the path has a smaller MTU than the
 * server's, and large blocks never arrive. Either they have the "don't fragment" bit set and the ICMP messages
 * about the MTU are dropped, or a router fragments them and the client cannot reassemble fragments, as many
 * boot ROMs cannot. A client that acknowledges the options, which are small, but never the first large block
 * gets smaller blocks for the next hour.
 */
export class BlackHoles {
  /** Last transfer of large blocks, by address. */
  readonly #suspects = new Map<string, ServerTransfer<unknown>>();
  readonly #known = new RecentAddresses(MAX_CLIENTS, KEEP_MS);

  /**
   * Stops watching the client's previous transfer, and watches its new one if the blocks are large. A loss
   * can be detected only for reads.
   */
  watch(transfer: ServerTransfer<unknown>): void {
    const { address } = transfer.remote;
    this.#suspects.delete(address);
    if (blksizeOf(transfer) > SUSPECT_ABOVE) {
      this.#suspects.set(address, transfer);
      const [oldest] = this.#suspects.keys();
      if (oldest !== undefined && this.#suspects.size > MAX_CLIENTS) {
        this.#suspects.delete(oldest);
      }
    }
  }

  /** Returns true if a client is known to be behind a black hole. */
  has(address: string, now: number): boolean {
    return this.#known.has(address, now);
  }

  /**
   * Checks the last transfer of a client on its next request.
   *
   * @returns the `blksize` that never arrived, on the first discovery; otherwise undefined
   */
  discover(address: string, now: number): number | undefined {
    const suspect = this.#suspects.get(address);
    if (suspect === undefined || !isLost(suspect)) {
      return undefined;
    }
    this.#suspects.delete(address);
    this.#known.note(address, now);
    return blksizeOf(suspect);
  }
}

function blksizeOf({ machine }: ServerTransfer<unknown>): number {
  return machine?.parameters.blksize ?? 0;
}

/** Returns true if large blocks were repeated but never acknowledged. */
function isLost({ machine }: ServerTransfer<unknown>): boolean {
  if (!(machine instanceof SendTransfer)) {
    return false;
  }
  const { blocksSent, bytesSent, bytesAcknowledged, timeouts } = machine.stats;
  const isLarge = bytesSent > SUSPECT_ABOVE * blocksSent;
  return blocksSent > 1 && timeouts > 0 && isLarge && bytesAcknowledged === 0;
}
