import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { NetbootError } from '../errors.js';
import { readRecord } from './checked-file.js';
import { FILE_MODE } from './durable-file.js';
import { isExisting, isNotFound, isOutOfSpace, withIoErrors } from './io-error.js';
import { hasEnded, ownIdentity, type ProcessIdentity } from './process-identity.js';

/** How a lease is kept alive. */
export interface LeaseTiming {
  /** The holder renews it so often, in milliseconds. */
  readonly renewMs: number;
  /** A lease that was not renewed for so long, in milliseconds, may be taken over. */
  readonly expiryMs: number;
}

/** Six missed renewals make a holder count as dead. */
export const LEASE_TIMING: LeaseTiming = { renewMs: 5000, expiryMs: 30_000 };

/** How long a taker waits to see whether another one took the lease at the same moment. */
const SETTLE_MS = 100;

const leaseFile = z.object({
  owner: z.uuid(),
  host: z.string(),
  pid: z.number(),
  scope: z.string().optional(),
  startTicks: z.string().optional(),
});

/** What a lease file says. */
type LeaseFile = z.infer<typeof leaseFile>;

/**
 * The right to write to a store: one process has it at a time, on whichever machine or in whichever
 * container. It is a file that the holder renews; how old it is, is judged by the file system's own
 * clock.
 *
 * A holder that was stopped for longer than the expiry (a suspended laptop) may find its lease taken
 * over. It notices at its next renewal, and {@link Lease.signal} ends what it was doing;
 * {@link Lease.confirm} has to be called before the steps that others see.
 */
export class Lease {
  readonly #path: string;
  readonly #owner: string;
  /** Tells the file from others while there is no space to write into it whose it is. */
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
   * Takes the lease. If a process holds it that may have died, waits until that is certain: at most
   * the expiry time.
   *
   * @param path - the lease file
   * @throws NetbootError `ERR_NETBOOT_STORE_BUSY` when another process is at work
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

  /** Is aborted, with the reason, when the lease has been lost. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Makes sure that the lease is still held.
   *
   * @throws NetbootError `ERR_NETBOOT_STORE_LEASE_LOST`
   */
  async confirm(): Promise<void> {
    if (!(await withIoErrors(this.#path, () => this.#isOwn()))) {
      this.#lose();
    }
    this.#lost.signal.throwIfAborted();
  }

  /** Gives the lease back. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    try {
      if (await this.#isOwn()) {
        await rm(this.#path, { force: true });
      }
    } catch {
      // The next writer sees that its holder does not renew it: what was done meanwhile stands.
    }
  }

  async #renew(timing: LeaseTiming): Promise<void> {
    try {
      if (!(await this.#isOwn())) {
        this.#lose();
        return;
      }
      // The same bytes again, in place: it needs no space, and the file gets a new time.
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
      // A file system that fails for a moment is no reason to give up before the lease expires.
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
        hint: 'this one was stopped for too long: try again',
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
 * Makes the lease file, if there is none.
 *
 * @returns its inode; `undefined` if there is one already
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
 * Writes who holds the lease. On a full disk the file stays empty: a lease that needed space could not
 * be taken by whoever wants to make some.
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

/** Whether a lease is that of an owner; an empty one is told by its inode. */
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
 * Watches a lease until its holder is known to have ended, which gives `undefined`, or to be alive,
 * which gives the holder.
 */
async function waitForEnd(
  path: string,
  signal: AbortSignal,
  timing: LeaseTiming,
): Promise<LeaseFile | 'unknown' | undefined> {
  const start = performance.now();
  const first = await leaseAge(path);
  for (let age = first; age !== undefined; age = await leaseAge(path)) {
    // One that cannot be read says nothing; whether it is renewed does.
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
    // Renewed by a clock that was ahead, it has a time that this one may not reach for years.
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

/** Whether the holder is a process that can be seen from here. */
async function isAlive(holder: LeaseFile): Promise<boolean> {
  const own = await ownIdentity();
  return own.scope !== undefined && own.scope === holder.scope;
}

function identityOf({ pid, scope, startTicks }: LeaseFile): ProcessIdentity {
  return { pid, scope, startTicks };
}

/** How long ago a lease was renewed, by the clock of the file system that it lies on. */
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
 * Replaces a lease whose holder has ended. Of several takers, the last one to rename has it; the
 * others see that after a moment.
 *
 * @returns its inode, if it is this taker's
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
    const parsed = leaseFile.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    // Gone, or just being written. Whether it is there cannot be told where the system fails.
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
    { hint: 'wait until it has ended' },
  );
}
