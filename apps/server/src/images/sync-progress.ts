import { type ImageSelection, type SyncEvent } from '@pxe/debian-netboot';

/** Download progress of one image, or of all images. */
export interface ProgressRow {
  readonly title: string;
  readonly received: number;
  /** Total size of the files started so far, in bytes, as far as known. */
  readonly total: number;
  /** Bytes per second over the last {@link WINDOW_MS}. */
  readonly speed: number;
  /** Seconds left at that speed; undefined while nothing arrives. */
  readonly secondsLeft: number | undefined;
}

/** Title of the row for all images. */
export const TOTAL = 'total';

/**
 * Usual size of a kernel in bytes, assumed until its download begins, since the archive lists hashes without
 * sizes.
 */
const USUAL_KERNEL = 12_000_000;
/** Usual sizes of initrds in bytes, by variant, assumed for the same reason. */
const USUAL_INITRD = { text: 41_000_000, gtk: 78_000_000 } as const;
/** Usual size in bytes of a netboot package, which contains both variants. */
const USUAL_PACKAGE = 140_000_000;

/** Progress of a whole sync. */
export interface OverallProgress {
  /**
   * Percentage of the expected bytes that have been received, from 0 to 99, rounded down; never decreases.
   */
  readonly percent: number;
  readonly received: number;
  /** Total number of bytes to receive, estimated from usual sizes where unknown. */
  readonly expected: number;
  /** Bytes per second. */
  readonly speed: number;
  readonly secondsLeft: number | undefined;
  /** Most recently reported step of the source, as in `apt: package lists`. */
  readonly activity: string | undefined;
  /** Time since the last progress, in milliseconds; a message that the source is waiting is not progress. */
  readonly quietMs: number;
}

/**
 * Window over which speed is measured, in milliseconds: long enough to be steady, short enough to show a stall.
 */
const WINDOW_MS = 5000;

/**
 * Minimum interval between samples, in milliseconds: a fast download reports thousands of times per
 * second.
 */
const SAMPLE_MS = 100;

/**
 * Adds up the bytes received per image. A resumed download starts with the bytes already on disk, which
 * do not count towards its speed.
 */
export class SyncProgress {
  readonly #rows = new Map<string, Row>();
  readonly #files = new Map<string, FileProgress>();
  readonly #total = new Row();
  readonly #installers: readonly Installer[];
  /** Installer being fetched; installers are fetched one after another. */
  #current: Installer | undefined;
  #percent = 0;
  #activity: string | undefined;
  #progressedAt: number;

  /**
   * @param images - images to fetch, if the overall progress is needed
   * @param now - time of the start, in milliseconds, if the time without progress is needed
   */
  constructor(images: readonly ImageSelection[] = [], now = 0) {
    this.#progressedAt = now;
    const installers = new Map<string, Installer>();
    for (const { suite, arch, variants } of images) {
      const title = `${suite} ${arch}`;
      const { usualSize } = installers.get(title) ?? { usualSize: USUAL_KERNEL };
      const initrds = variants.reduce((sum, variant) => sum + USUAL_INITRD[variant], 0);
      installers.set(title, { title, suite, usualSize: usualSize + initrds, isDone: false });
    }
    this.#installers = [...installers.values()];
  }

  /** Titles of the rows, the total first. */
  get titles(): readonly string[] {
    return this.#rows.size === 0 ? [] : [TOTAL, ...this.#rows.keys()];
  }

  follow(event: SyncEvent, now: number): void {
    if (event.type !== 'sourceProgressed' || event.fraction !== undefined) {
      this.#progressedAt = now;
    }
    if (event.type === 'sourceProgressed') {
      this.#followSource(event, now);
    } else if (event.type === 'buildResolved') {
      this.#beginInstaller(event);
    } else if (event.type === 'fileStarted') {
      this.#resize(event.file, event.size ?? 0);
    } else if (event.type === 'fileProgressed') {
      this.#resize(event.file, Math.max(event.size ?? 0, event.bytes));
      this.#advance(event.file, event.bytes, now);
    } else if (event.type === 'fileVerified' && this.#files.has(keyOf(event.file))) {
      this.#resize(event.file, event.size);
      this.#advance(event.file, event.size, now);
    }
  }

  /** Returns the progress of all images together. */
  overall(now: number): OverallProgress {
    let received = 0;
    let expected = 0;
    for (const installer of this.#installers) {
      const rows = [...this.#rows].filter(([title]) => isOf(title, installer));
      const ofRows = rows.reduce((sum, [, row]) => sum + row.received, 0);
      const known = rows.reduce((sum, [, row]) => sum + row.total, 0);
      received += ofRows;
      expected += installer.isDone ? ofRows : Math.max(known, installer.usualSize);
    }
    const fraction = expected === 0 ? 0 : received / expected;
    this.#percent = Math.max(this.#percent, Math.min(99, Math.floor(fraction * 100)));
    const speed = this.#total.speed(now);
    return {
      percent: this.#percent,
      received,
      expected,
      speed,
      secondsLeft: speed > 0 ? (expected - received) / speed : undefined,
      activity: this.#activity,
      quietMs: Math.max(0, now - this.#progressedAt),
    };
  }

  row(title: string, now: number): ProgressRow {
    const row = title === TOTAL ? this.#total : this.#rows.get(title);
    const { received, total } = row ?? this.#total;
    const speed = row?.speed(now) ?? 0;
    const left = Math.max(0, total - received);
    return { title, received, total, speed, secondsLeft: speed > 0 ? left / speed : undefined };
  }

  /** Counts a package that the source fetches as a whole before delivering it as a file. */
  #followSource(
    { activity, fraction, size }: Extract<SyncEvent, { type: 'sourceProgressed' }>,
    now: number,
  ): void {
    this.#activity = activity;
    const name = netbootPackage(activity);
    if (name === undefined || size === undefined || this.#current === undefined) {
      return;
    }
    const file = `${this.#current.suite} ${name}`;
    this.#resize(file, size);
    this.#advance(file, Math.round((fraction ?? 0) * size), now);
  }

  #beginInstaller({
    suite,
    arch,
    proof,
    filesMissing,
  }: Extract<SyncEvent, { type: 'buildResolved' }>): void {
    const title = `${suite} ${arch}`;
    if (this.#current !== undefined && this.#current.title !== title) {
      this.#current.isDone = true;
    }
    this.#current = this.#installers.find((installer) => installer.title === title);
    if (this.#current !== undefined) {
      this.#current.isDone = filesMissing === 0;
      this.#current.usualSize = proof === 'package' ? USUAL_PACKAGE : this.#current.usualSize;
    }
  }

  #resize(file: string, size: number): void {
    const key = keyOf(file);
    const known = this.#files.get(key) ?? { received: undefined, size: 0 };
    this.#files.set(key, { ...known, size });
    for (const row of this.#rowsOf(file)) {
      row.total += size - known.size;
    }
  }

  #advance(file: string, received: number, now: number): void {
    const key = keyOf(file);
    const known = this.#files.get(key);
    // A package that the source has fetched is delivered again from the start.
    if (known === undefined || received <= (known.received ?? -1)) {
      return;
    }
    this.#files.set(key, { ...known, received });
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

interface Installer {
  readonly title: string;
  readonly suite: string;
  usualSize: number;
  isDone: boolean;
}

/** Returns true if a row is about an image of the installer, or about all of them. */
function isOf(row: string, { title }: Installer): boolean {
  return row === title || row.startsWith(`${title} `);
}

interface FileProgress {
  /** Undefined until the first bytes are reported. */
  readonly received: number | undefined;
  readonly size: number;
}

class Row {
  received = 0;
  total = 0;
  /** Number of bytes received by this sync, not counting those already on disk. */
  #fresh = 0;
  #samples: { readonly at: number; readonly fresh: number }[] = [];

  add(bytes: number, isFresh: boolean, now: number): void {
    if (this.#samples.length === 0) {
      this.#samples.push({ at: now, fresh: this.#fresh });
    }
    this.received += bytes;
    if (isFresh) {
      this.#fresh += bytes;
    }
    const last = this.#samples.at(-1);
    const previous = this.#samples.at(-2);
    if (last !== undefined && previous !== undefined && last.at - previous.at < SAMPLE_MS) {
      this.#samples.pop();
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

/** Returns the name under which a file is counted; a package has the same one at every step. */
function keyOf(file: string): string {
  const name = netbootPackage(file);
  return name === undefined ? file : `${suiteOf(file)} ${name}`;
}

function suiteOf(file: string): string {
  return file.slice(0, file.indexOf(' '));
}

/**
 * Returns the name of the installer package in the name of a file or step; undefined for others.
 */
function netbootPackage(file: string): string | undefined {
  const at = Math.max(file.lastIndexOf('/'), file.lastIndexOf(' '));
  const [name = ''] = file.slice(at + 1).split('_');
  return name.startsWith('debian-installer-') && name.includes(NETBOOT) ? name : undefined;
}

const INSTALLER_FILE = /^(\S+) \S+ netboot\/(gtk\/)?debian-installer\/([^/]+)\//;
/**
 * Returns the image that a file belongs to, as in `trixie amd64 gtk`, or all those of a package, as in
 * `trixie amd64`; undefined for indexes and loaders.
 */
function imageTitle(file: string): string | undefined {
  const [, suite, gtk, arch] = INSTALLER_FILE.exec(file) ?? [];
  if (suite !== undefined) {
    return `${suite} ${arch} ${gtk === undefined ? 'text' : 'gtk'}`;
  }
  const name = netbootPackage(file);
  return name && `${suiteOf(file)} ${name.slice(name.indexOf(NETBOOT) + NETBOOT.length)}`;
}

/** Separator between the release and the architecture in the name of an installer package. */
const NETBOOT = '-netboot-';
