import { type SyncEvent } from '@pxe/debian-netboot';

/** Download progress of one image, or of all images. */
export interface ProgressRow {
  readonly title: string;
  readonly received: number;
  /** Total size of the files started so far, as far as known. */
  readonly total: number;
  /** Bytes per second over the last {@link WINDOW_MS}. */
  readonly speed: number;
  /** Seconds left at that speed; undefined while nothing arrives. */
  readonly secondsLeft: number | undefined;
}

/** Title of the row for all images. */
export const TOTAL = 'total';

/** Window over which speed is measured: long enough to be steady, short enough to show a stall. */
const WINDOW_MS = 5000;

/**
 * Adds up the bytes received per image. A resumed download starts with the bytes already on disk, which
 * do not count towards its speed.
 */
export class SyncProgress {
  readonly #rows = new Map<string, Row>();
  readonly #files = new Map<string, FileProgress>();
  readonly #total = new Row();

  /** Titles of the rows, the total first. */
  get titles(): readonly string[] {
    return this.#rows.size === 0 ? [] : [TOTAL, ...this.#rows.keys()];
  }

  follow(event: SyncEvent, now: number): void {
    if (event.type === 'fileStarted') {
      this.#resize(event.file, event.size ?? 0);
    } else if (event.type === 'fileProgressed') {
      this.#resize(event.file, Math.max(event.size ?? 0, event.bytes));
      this.#advance(event.file, event.bytes, now);
    } else if (event.type === 'fileVerified' && this.#files.has(event.file)) {
      this.#resize(event.file, event.size);
      this.#advance(event.file, event.size, now);
    }
  }

  row(title: string, now: number): ProgressRow {
    const row = title === TOTAL ? this.#total : this.#rows.get(title);
    const { received, total } = row ?? this.#total;
    const speed = row?.speed(now) ?? 0;
    const left = Math.max(0, total - received);
    return { title, received, total, speed, secondsLeft: speed > 0 ? left / speed : undefined };
  }

  #resize(file: string, size: number): void {
    const known = this.#files.get(file) ?? { received: undefined, size: 0 };
    this.#files.set(file, { ...known, size });
    for (const row of this.#rowsOf(file)) {
      row.total += size - known.size;
    }
  }

  #advance(file: string, received: number, now: number): void {
    const known = this.#files.get(file);
    if (known === undefined) {
      return;
    }
    this.#files.set(file, { ...known, received });
    for (const row of this.#rowsOf(file)) {
      row.add(received - (known.received ?? 0), known.received !== undefined, now);
    }
  }

  #rowsOf(file: string): readonly Row[] {
    const title = imageTitle(file);
    if (title === undefined) {
      return [this.#total];
    }
    const row = this.#rows.get(title) ?? new Row();
    this.#rows.set(title, row);
    return [this.#total, row];
  }
}

interface FileProgress {
  /** Undefined until the first bytes are reported. */
  readonly received: number | undefined;
  readonly size: number;
}

class Row {
  received = 0;
  total = 0;
  /** Bytes received by this sync. */
  #fresh = 0;
  #samples: { readonly at: number; readonly fresh: number }[] = [];

  add(bytes: number, isFresh: boolean, now: number): void {
    if (this.#samples.length === 0) {
      this.#samples.push({ at: now, fresh: this.#fresh });
    }
    this.received += bytes;
    if (isFresh) {
      this.#fresh += Math.max(0, bytes);
    }
    this.#samples.push({ at: now, fresh: this.#fresh });
  }

  speed(now: number): number {
    const since = now - WINDOW_MS;
    while ((this.#samples[1]?.at ?? Infinity) <= since) {
      this.#samples.shift();
    }
    const [oldest] = this.#samples;
    if (oldest === undefined) {
      return 0;
    }
    const elapsedMs = now - Math.max(oldest.at, since);
    return elapsedMs <= 0 ? 0 : ((this.#fresh - oldest.fresh) * 1000) / elapsedMs;
  }
}

const INSTALLER_FILE = /^(\S+) \S+ netboot\/(gtk\/)?debian-installer\/([^/]+)\//;
/** Image that a file belongs to, as in `trixie amd64 gtk`; undefined for indexes and loaders. */
function imageTitle(file: string): string | undefined {
  const [, suite, gtk, arch] = INSTALLER_FILE.exec(file) ?? [];
  if (suite !== undefined) {
    return `${suite} ${arch} ${gtk === undefined ? 'text' : 'gtk'}`;
  }
  const [name = ''] = file.slice(file.lastIndexOf('/') + 1).split('_');
  if (!name.startsWith('debian-installer-') || !name.includes(NETBOOT)) {
    return undefined;
  }
  const archOfPackage = name.slice(name.indexOf(NETBOOT) + NETBOOT.length);
  return `${file.slice(0, file.indexOf(' '))} ${archOfPackage}`;
}

/** Separates the release from the architecture in the name of an installer package. */
const NETBOOT = '-netboot-';
