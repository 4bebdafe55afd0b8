import { readFile } from 'node:fs/promises';

/** Linux's IPv4 neighbour table: the first field of a line is the address, the third the flags. */
const NEIGHBOUR_TABLE = '/proc/net/arp';

/** Flags of a neighbour whose hardware address is unknown. */
const INCOMPLETE = '0x0';

/**
 * Interval between two reads of the table, in milliseconds. After a machine has come up, it takes up to this
 * long before datagrams are sent to it again.
 */
const LOOK_AGAIN_MS = 250;

/**
 * Number of reads (5 s) after which each absent host is sent one datagram, to make the kernel try ARP again.
 */
const READINGS_PER_TRIAL = 20;

/**
 * Number of reads (5 s) without a datagram for an absent host after which reading ends. If it ended sooner, each pause
 * of a flood, or of a busy server, would let the flood fill the buffer again.
 */
const UNWANTED_READINGS = 20;

/**
 * IPv4 hosts of the local networks that do not answer ARP. Datagrams to them stay in the socket's buffer for
 * seconds, until the kernel gives up, and keep it from sending to others.
 *
 * Reading the table begins once a socket has become stuck, and ends after 5 seconds without datagrams for
 * such hosts. A host that comes up is soon removed: its own ARP request reveals its hardware address, and
 * every 5 seconds it is sent one datagram, which makes the kernel try again. On systems other than Linux,
 * which lack the table, no host counts as absent.
 */
export class AbsentNeighbours {
  readonly #read: () => Promise<string>;
  #addresses: ReadonlySet<string> = new Set();
  #isLooking = false;
  /** Addresses that were sent a datagram since the last trial. */
  readonly #tried = new Set<string>();
  #readings = 0;
  /** Number of reads since a datagram for an absent host was last withheld. */
  #unwanted = 0;

  /** @param read - returns the neighbour table; the default reads Linux's */
  constructor(read: () => Promise<string> = () => readFile(NEIGHBOUR_TABLE, 'latin1')) {
    this.#read = read;
  }

  /** True if no host is known to be absent. */
  get isEmpty(): boolean {
    return this.#addresses.size === 0;
  }

  /** Returns true if a datagram to this address should not be sent; an absent host gets one per trial. */
  has(address: string): boolean {
    if (!this.#addresses.has(address)) {
      return false;
    }
    this.#unwanted = 0;
    const isTried = this.#tried.has(address);
    this.#tried.add(address);
    return isTried;
  }

  /** Starts reading the table, and continues while there are datagrams for absent hosts. */
  look(): void {
    if (!this.#isLooking) {
      this.#isLooking = true;
      this.#readings = 0;
      this.#unwanted = 0;
      void this.#look();
    }
  }

  async #look(): Promise<void> {
    try {
      this.#addresses = absentIn(await this.#read());
      // Datagrams were sent to these hosts before the first reading, so they count as tried.
      if (this.#readings === 0) {
        for (const address of this.#addresses) {
          this.#tried.add(address);
        }
      } else if (this.#readings % READINGS_PER_TRIAL === 0) {
        this.#tried.clear();
      }
      this.#readings += 1;
    } catch {
      // No such table, or no free descriptor: a stuck socket is replaced anyway.
      this.#addresses = new Set();
      this.#unwanted = UNWANTED_READINGS;
    }
    this.#unwanted += 1;
    setTimeout(() => {
      if (this.#unwanted < UNWANTED_READINGS) {
        void this.#look();
      } else {
        this.#addresses = new Set();
        this.#tried.clear();
        this.#isLooking = false;
      }
    }, LOOK_AGAIN_MS).unref();
  }
}

/** Returns the addresses that are unresolved on all networks of this host. */
function absentIn(table: string): Set<string> {
  const absent = new Set<string>();
  const present = new Set<string>();
  for (const line of table.split('\n').slice(1)) {
    const [address, , flags] = line.split(/\s+/);
    if (address !== undefined && flags !== undefined) {
      (flags === INCOMPLETE ? absent : present).add(address);
    }
  }
  for (const address of present) {
    absent.delete(address);
  }
  return absent;
}
