import { readFile } from 'node:fs/promises';

/** IPv4 neighbours as Linux lists them: one a line, with its address first and its flags third. */
const NEIGHBOUR_TABLE = '/proc/net/arp';

/** Flags of a neighbour that has not told its hardware address. */
const INCOMPLETE = '0x0';

/**
 * Interval between readings of the table, in milliseconds: the maximum wait of a machine that is
 * turned on.
 */
const LOOK_AGAIN_MS = 250;

/**
 * Number of readings after which one datagram goes to each of them, so that the kernel asks again:
 * 5 s.
 */
const READINGS_PER_TRIAL = 20;

/**
 * IPv4 hosts of the local networks that do not answer ARP. Datagrams to them stay in the socket's
 * buffer for seconds, until the kernel gives up, and keep it from sending to others.
 *
 * The kernel is asked only while a socket is stuck, and as long as there are datagrams for such hosts
 * after that. A host that comes up is not among them for long: it asks for this host's hardware
 * address before it sends anything, which tells its own; and every 5 seconds one datagram goes to each,
 * for which the kernel asks again. Where there is no such table, as on systems
 * other than Linux, no host counts as absent.
 */
export class AbsentNeighbours {
  readonly #read: () => Promise<string>;
  #addresses: ReadonlySet<string> = new Set();
  #isLooking = false;
  /** Those that a datagram went to since the last trial. */
  readonly #tried = new Set<string>();
  #readings = 0;
  /** True if there was a datagram for one of them since the table was read. */
  #isWanted = false;

  /** @param read - returns the table of neighbours. Default: reads that of Linux */
  constructor(read: () => Promise<string> = () => readFile(NEIGHBOUR_TABLE, 'latin1')) {
    this.#read = read;
  }

  /** True if no absent hosts are known. */
  get isEmpty(): boolean {
    return this.#addresses.size === 0;
  }

  /** True if a datagram for this address would only be queued. */
  has(address: string): boolean {
    if (!this.#addresses.has(address)) {
      return false;
    }
    this.#isWanted = true;
    const isTried = this.#tried.has(address);
    this.#tried.add(address);
    return isTried;
  }

  /** Finds out who is absent, and keeps up with it while anything is to be sent to them. */
  look(): void {
    if (!this.#isLooking) {
      this.#isLooking = true;
      this.#readings = 0;
      void this.#look();
    }
  }

  async #look(): Promise<void> {
    try {
      this.#addresses = absentIn(await this.#read());
      // Datagrams for them have been sent before the first reading, to no avail.
      if (this.#readings === 0) {
        for (const address of this.#addresses) {
          this.#tried.add(address);
        }
      } else if (this.#readings % READINGS_PER_TRIAL === 0) {
        this.#tried.clear();
      }
      this.#readings += 1;
    } catch {
      // No such table, or no descriptor to read it with: a stuck socket is replaced all the same.
      this.#addresses = new Set();
    }
    this.#isWanted = false;
    setTimeout(() => {
      if (this.#isWanted) {
        void this.#look();
      } else {
        this.#addresses = new Set();
        this.#tried.clear();
        this.#isLooking = false;
      }
    }, LOOK_AGAIN_MS).unref();
  }
}

/** A host with several networks lists an address once for each; one that answers is enough. */
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
