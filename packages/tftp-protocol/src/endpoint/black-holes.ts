import { SendTransfer } from '../transfer/send-transfer.js';
import { RecentAddresses } from './recent-addresses.js';
import { type ServerTransfer } from './server-transfer.js';

/** Blocks up to this size pass every tunnel that is in use: 1,464 bytes by IPv4. */
const SUSPECT_ABOVE = 1_432;

/** Largest `blksize` behind a black hole, in bytes. */
export const BLOCK_SIZE_IN_BLACK_HOLE = 1_024;

/** Clients remembered that were sent large blocks, and as many that never got them. */
const MAX_CLIENTS = 1_024;

/** A client behind a black hole is remembered for this time, in milliseconds. */
const KEEP_MS = 3_600_000;

/**
 * Clients behind a path MTU black hole (RFC 2923 §2.1): a link on the way carries less than ours, and
 * the ICMP messages that say so are dropped. Blocks are sent with DF set, so that boot ROMs which cannot
 * put fragments together get none; behind a black hole none arrives. It shows when a client has
 * acknowledged the options, which are small, and never the first large block. Its next request gets
 * smaller ones.
 */
export class BlackHoles {
  /** Transfers of large blocks that came last, by address. */
  readonly #suspects = new Map<string, ServerTransfer<unknown>>();
  readonly #known = new RecentAddresses(MAX_CLIENTS, KEEP_MS);

  /** Watches a read that was accepted. */
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

  /** Whether a client is behind a black hole, as far as that showed. */
  has(address: string, now: number): boolean {
    return this.#known.has(address, now);
  }

  /**
   * Looks at a client's last transfer when its next request comes.
   *
   * @returns the `blksize` that never arrived, if that shows for the first time
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

/** Whether large blocks were repeated and none was acknowledged. */
function isLost({ machine }: ServerTransfer<unknown>): boolean {
  if (!(machine instanceof SendTransfer)) {
    return false;
  }
  const { blocksSent, bytesSent, bytesAcknowledged, timeouts } = machine.stats;
  const isLarge = bytesSent > SUSPECT_ABOVE * blocksSent;
  return blocksSent > 1 && timeouts > 0 && isLarge && bytesAcknowledged === 0;
}
