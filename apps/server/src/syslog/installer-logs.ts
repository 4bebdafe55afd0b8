/** Message in an installer's log, as it is kept. */
export interface LogEntry {
  /** Time of its arrival, in milliseconds since 1970. */
  readonly at: number;
  /** Severity, from 0 (emergency) to 7 (debug). */
  readonly severity: number;
  readonly program: string;
  /** Text with its secrets hidden; it may contain any character. */
  readonly text: string;
}

/** Most recent messages from an installer. */
export interface InstallerLog {
  readonly entries: readonly LogEntry[];
  /** Number of earlier messages that are no longer kept. */
  readonly forgotten: number;
}

/** Limits of one log. */
interface LogLimits {
  readonly entries: number;
  /** Maximum number of characters in all texts. */
  readonly characters: number;
}

/** Limits of the log of an installation. Its text takes up to 64 KiB of memory. */
const OF_INSTALL: LogLimits = { entries: 500, characters: 32 * 1024 };
/** Limits of the log of an address that has no installation yet. */
const OF_ADDRESS: LogLimits = { entries: 50, characters: 4 * 1024 };
/** Maximum number of logs of installations. All limits together keep the memory below about 15 MB. */
const MAX_INSTALLS = 128;
/** Maximum number of logs of addresses that have no installation yet. */
const MAX_ADDRESSES = 256;

/**
 * Logs from installers, in memory: the last messages of the most recently active installations, and a few
 * messages from addresses that have not fetched a preseed yet. The latter become part of the log once a
 * preseed is fetched.
 */
export class InstallerLogs {
  readonly #installs = new Map<string, KeptLog>();
  readonly #addresses = new Map<string, KeptLog>();

  /**
   * Adds a message.
   *
   * @param install - id of the installation; undefined if the address has none yet
   */
  add(install: string | undefined, address: string, entry: LogEntry): void {
    if (install === undefined) {
      logIn(this.#addresses, address, MAX_ADDRESSES, OF_ADDRESS).add(entry);
      return;
    }
    const log = logIn(this.#installs, install, MAX_INSTALLS, OF_INSTALL);
    const earlier = this.#addresses.get(address);
    if (earlier !== undefined) {
      this.#addresses.delete(address);
      earlier.entries.forEach((known) => {
        log.add(known);
      });
    }
    log.add(entry);
  }

  /** Returns the log of an installation; undefined if there is none. */
  of(install: string): InstallerLog | undefined {
    return this.#installs.get(install);
  }
}

class KeptLog implements InstallerLog {
  readonly entries: LogEntry[] = [];
  forgotten = 0;
  readonly #limits: LogLimits;
  #characters = 0;

  constructor(limits: LogLimits) {
    this.#limits = limits;
  }

  add(entry: LogEntry): void {
    this.entries.push(entry);
    this.#characters += sizeOf(entry);
    while (
      this.entries.length > this.#limits.entries ||
      this.#characters > this.#limits.characters
    ) {
      const oldest = this.entries.shift();
      if (oldest === undefined) {
        return;
      }
      this.#characters -= sizeOf(oldest);
      this.forgotten++;
    }
  }
}

function sizeOf({ program, text }: LogEntry): number {
  return program.length + text.length;
}

/**
 * Returns the log for a key, creating it if necessary, and makes it the most recent one; drops the least recent
 * one if there are too many.
 */
function logIn(logs: Map<string, KeptLog>, key: string, max: number, limits: LogLimits): KeptLog {
  const log = logs.get(key) ?? new KeptLog(limits);
  logs.delete(key);
  logs.set(key, log);
  const [oldest] = logs.keys();
  if (logs.size > max && oldest !== undefined) {
    logs.delete(oldest);
  }
  return log;
}
