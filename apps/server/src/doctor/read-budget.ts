/** Limits on what doctor reads for one boot. */
export interface ReadLimits {
  /** Maximum number of files requested. */
  readonly files: number;
  /** Maximum size of all menus, in bytes; the last one may exceed it. */
  readonly menuBytes: number;
  /** Time after which no further file is requested, in milliseconds. */
  readonly ms: number;
}

/**
 * Usual limits. The menus of real networks need far less: they name a few dozen files, and take a few hundred
 * kilobytes.
 */
export const READ_LIMITS: ReadLimits = {
  files: 500,
  menuBytes: 4 * 1024 * 1024,
  ms: 15 * 60_000,
};

/**
 * Counts what is read for one boot: anyone on the network may answer doctor, with menus that name one another without
 * end.
 */
export class ReadBudget {
  readonly #limits: ReadLimits;
  readonly #startedAt = performance.now();
  #files = 0;
  #menuBytes = 0;

  constructor(limits: ReadLimits) {
    this.#limits = limits;
  }

  /** True once a limit is reached. */
  get isUsedUp(): boolean {
    const { files, menuBytes, ms } = this.#limits;
    return (
      this.#files >= files ||
      this.#menuBytes > menuBytes ||
      performance.now() - this.#startedAt >= ms
    );
  }

  /** Counts a file that is requested. */
  takeFile(): void {
    this.#files += 1;
  }

  /** Counts the bytes of a menu. */
  takeMenu(bytes: number): void {
    this.#menuBytes += bytes;
  }
}
