import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import * as v from 'valibot';

import { NetbootError } from '../errors.js';
import { readRecord } from './checked-file.js';
import { FILE_MODE } from './durable-file.js';
import { isExisting, isNotFound, isOutOfSpace, withIoErrors } from './io-error.js';
import { LEASE_TIMING, type LeaseTiming } from './lease-timing.js';
import { hasEnded, ownIdentity, type ProcessIdentity } from './process-identity.js';

/** Time after a takeover within which a competing takeover may still win, in milliseconds. */
const SETTLE_MS = 100;

const leaseFile = v.object({
  owner: v.pipe(v.string(), v.uuid()),
  host: v.string(),
  pid: v.number(),
  scope: v.optional(v.string()),
  startTicks: v.optional(v.string()),
});

/** Content of a lease file. */
type LeaseFile = v.InferOutput<typeof leaseFile>;

/**
 * Exclusive right to write to a store, across processes, containers and machines. A lease is a file that
 * the holder renews; its age is measured by the clock of its file system.
 *
 * A holder that was suspended for longer than the expiry time may find its lease taken over. It
 * notices at its next renewal, which aborts {@link Lease.signal}; {@link Lease.confirm} must be called
 * before any step that others see.
 */
export class Lease {
  readonly #path: string;
  readonly #owner: string;
  /** Inode of the lease file, which identifies the lease while a full disk keeps the file empty. */
  readonly #inode: number;
  readonly #lost = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> = Promise.resolve();
  #renewedAt = performance.now();

  private constructor(path: string, owner: string, inode: number) {
    this.#path = path;
    this.#owner = owner;
    this.#inode = inode;
  }

  /**
   * Acquires the lease. If its holder may have died, waits until that is certain, for at most the expiry
   * time.
   *
   * @param path - lease file
   * @throws {@link NetbootError} `ERR_NETBOOT_STORE_BUSY` if another process holds it; the signal's reason when
   *   aborted
   */
  static async acquire(
    path: string,
    signal: AbortSignal,
    timing: LeaseTiming = LEASE_TIMING,
  ): Promise<Lease> {
    const owner = randomUUID();
    const text = await leaseText(owner);
    const inode = await withIoErrors(path, async () => {
      for (;;) {
        const created = await createLease(path, text);
        if (created !== undefined) {
          return created;
        }
        const holder = await waitForEnd(path, signal, timing);
        if (holder !== undefined) {
          throw busy(holder);
        }
        const taken = await takeOver(path, owner, text);
        if (taken !== undefined) {
          return taken;
        }
      }
    });
    const lease = new Lease(path, owner, inode);
    lease.#timer = setInterval(() => {
      lease.#renewing = lease.#renewing.then(() => lease.#renew(timing));
    }, timing.renewMs);
    lease.#timer.unref();
    return lease;
  }

  /** Aborted with a reason when the lease is lost. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Checks that the lease is still held.
   *
   * @throws {@link NetbootError} `ERR_NETBOOT_STORE_LEASE_LOST` if it was lost
   */
  async confirm(): Promise<void> {
    if (!(await withIoErrors(this.#path, () => this.#isOwn()))) {
      this.#lose();
    }
    this.#lost.signal.throwIfAborted();
  }

  /** Releases the lease. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    try {
      if (await this.#isOwn()) {
        await rm(this.#path, { force: true });
      }
    } catch {
      // The next writer takes over the lease once it is no longer renewed; completed work is not affected.
    }
  }

  async #renew(timing: LeaseTiming): Promise<void> {
    try {
      if (!(await this.#isOwn())) {
        this.#lose();
        return;
      }
      // Rewriting the same bytes in place needs no space and updates the time.
      const text = await leaseText(this.#owner);
      const file = await open(this.#path, constants.O_RDWR | constants.O_NOFOLLOW);
      try {
        await writeText(file, text);
        const now = new Date();
        await file.utimes(now, now);
      } finally {
        await file.close();
      }
      this.#renewedAt = performance.now();
    } catch {
      // Tolerate file system failures until the lease has expired.
      if (performance.now() - this.#renewedAt > timing.expiryMs) {
        this.#lose();
      }
    }
  }

  #isOwn(): Promise<boolean> {
    return isOwn(this.#path, this.#owner, this.#inode);
  }

  #lose(): void {
    clearInterval(this.#timer);
    this.#lost.abort(
      new NetbootError('ERR_NETBOOT_STORE_LEASE_LOST', 'another process took over the store', {
        hint: 'try again; this process was suspended for too long',
      }),
    );
  }
}

async function leaseText(owner: string): Promise<string> {
  const { pid, scope, startTicks } = await ownIdentity();
  const content: LeaseFile = {
    owner,
    host: hostname(),
    pid,
    ...(scope !== undefined && { scope }),
    ...(startTicks !== undefined && { startTicks }),
  };
  return `${JSON.stringify(content)}\n`;
}

/**
 * Creates a lease file.
 *
 * @returns the file's inode; `undefined` if it already exists
 */
async function createLease(path: string, text: string): Promise<number | undefined> {
  let file;
  try {
    file = await open(path, 'wx', FILE_MODE);
  } catch (error) {
    if (isExisting(error)) {
      return undefined;
    }
    throw error;
  }
  try {
    await writeText(file, text);
    return (await file.stat()).ino;
  } finally {
    await file.close();
  }
}

/**
 * Writes the holder's identity. On a full disk the file stays empty: a lease that needed space
 * would keep anyone from freeing some.
 */
async function writeText(file: FileHandle, text: string): Promise<void> {
  try {
    await file.write(text, 0);
  } catch (error) {
    if (!isOutOfSpace(error)) {
      throw error;
    }
  }
}

/** Returns true if a lease belongs to an owner; an empty file is identified by its inode. */
async function isOwn(path: string, owner: string, inode: number): Promise<boolean> {
  const holder = await readLease(path);
  if (holder !== undefined) {
    return holder.owner === owner;
  }
  try {
    const { ino, size } = await lstat(path);
    return size === 0 && ino === inode;
  } catch (error) {
    if (isNotFound(error)) {
      return false;
    }
    throw error;
  }
}

/**
 * Watches a lease until its holder is known to be dead or alive.
 *
 * @returns `undefined` if the holder is dead or has released the lease; otherwise the holder, which is alive,
 *   or `unknown` if the file does not name it
 */
async function waitForEnd(
  path: string,
  signal: AbortSignal,
  timing: LeaseTiming,
): Promise<LeaseFile | 'unknown' | undefined> {
  const start = performance.now();
  const first = await leaseAge(path);
  for (let age = first; age !== undefined; age = await leaseAge(path)) {
    // An unreadable record does not identify the holder, but its renewals show that one exists.
    const holder = await readLease(path).catch(ignoreDamage);
    if (holder !== undefined && (await hasEnded(identityOf(holder)))) {
      return undefined;
    }
    if (age.ageMs >= timing.expiryMs) {
      return undefined;
    }
    if (first !== undefined && age.renewedAt !== first.renewedAt) {
      return holder ?? 'unknown';
    }
    if (holder !== undefined && (await isAlive(holder))) {
      return holder;
    }
    // A holder whose clock was ahead may have left a time that is years in the future.
    const leftMs = timing.expiryMs - Math.max(age.ageMs, performance.now() - start);
    if (leftMs <= 0) {
      return undefined;
    }
    await sleep(Math.min(timing.renewMs / 5, leftMs), undefined, { signal }).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        throw error;
      },
    );
  }
  return undefined;
}

/**
 * Returns true if a holder that is not known to have ended is certainly alive: it runs in this process's pid
 * namespace, where {@link hasEnded} would have noticed its end.
 */
async function isAlive(holder: LeaseFile): Promise<boolean> {
  const own = await ownIdentity();
  return own.scope !== undefined && own.scope === holder.scope;
}

function identityOf({ pid, scope, startTicks }: LeaseFile): ProcessIdentity {
  return { pid, scope, startTicks };
}

/**
 * Measures how long ago a lease was renewed, by the clock of its own file system. Returns `undefined` if
 * there is no lease.
 */
async function leaseAge(
  path: string,
): Promise<{ readonly renewedAt: number; readonly ageMs: number } | undefined> {
  const probe = `${path}.${randomUUID()}`;
  try {
    const file = await open(probe, 'wx', FILE_MODE);
    try {
      const lease = await stat(path);
      const now = await file.stat();
      return { renewedAt: lease.mtimeMs, ageMs: now.mtimeMs - lease.mtimeMs };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isNotFound(error)) {
      return undefined;
    }
    throw error;
  } finally {
    await rm(probe, { force: true });
  }
}

/**
 * Replaces a lease whose holder has ended. If several processes try, the last rename wins, and the others
 * notice after a short time.
 *
 * @returns the inode of the lease file if this process has won; otherwise `undefined`
 */
async function takeOver(path: string, owner: string, text: string): Promise<number | undefined> {
  const draft = `${path}.${owner}`;
  try {
    const inode = await createLease(draft, text);
    if (inode === undefined) {
      return undefined;
    }
    await rename(draft, path);
    await sleep(SETTLE_MS);
    return (await isOwn(path, owner, inode)) ? inode : undefined;
  } finally {
    await rm(draft, { force: true });
  }
}

async function readLease(path: string): Promise<LeaseFile | undefined> {
  try {
    const text = (await readRecord(path))?.toString('utf8') ?? '';
    const parsed = v.safeParse(leaseFile, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch (error) {
    // The lease is missing or being written. Any other error leaves it unknown whether the lease exists.
    if (isNotFound(error) || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

function ignoreDamage(error: unknown): undefined {
  if (error instanceof NetbootError && error.code === 'ERR_NETBOOT_STORE_DAMAGED') {
    return undefined;
  }
  throw error;
}

function busy(holder: LeaseFile | 'unknown'): NetbootError {
  const who = holder === 'unknown' ? '' : ` (process ${holder.pid} on ${holder.host})`;
  return new NetbootError(
    'ERR_NETBOOT_STORE_BUSY',
    `another process is writing to the store${who}`,
    { hint: 'wait for it to finish' },
  );
}
