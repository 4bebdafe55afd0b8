import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { type LeaseTiming } from '../src/files/lease-timing.js';
import { Lease } from '../src/files/lease.js';
import { hasEnded, ownIdentity } from '../src/files/process-identity.js';
import { afterTest, temporaryDirectory } from './support/made-up-mirror.js';

const run = promisify(execFile);

const QUICK: LeaseTiming = { renewMs: 20, expiryMs: 300 };
const NEVER = new AbortController().signal;

/** Acquires a lease that is released after the test. */
async function acquire(path: string, timing = QUICK): Promise<Lease> {
  const lease = await Lease.acquire(path, NEVER, timing);
  afterTest(() => lease.release());
  return lease;
}

async function leasePath(): Promise<string> {
  return join(await temporaryDirectory(), 'lease');
}

/** Returns the start time of a process, as its lease records it. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** The lease of a process on another machine. */
const ELSEWHERE = JSON.stringify({
  owner: '3e7f8c2a-5d5e-4b3f-9a55-0f6f8d1f2b11',
  host: 'other',
  pid: 1,
  scope: 'another boot',
  startTicks: '1',
});

describe('lease', () => {
  describe('a lease', () => {
    it('has one holder at a time', async () => {
      const path = await leasePath();
      const first = await acquire(path);
      await expect(Lease.acquire(path, NEVER, QUICK)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_STORE_BUSY',
        message: expect.stringContaining(String(process.pid)) as string,
      });
      await first.release();
      await acquire(path);
    });

    it('stays with its holder as long as it is renewed', async () => {
      const path = await leasePath();
      const lease = await acquire(path);
      await sleep(3 * QUICK.expiryMs);
      await lease.confirm();
      expect(lease.signal.aborted).toBe(false);
    });

    it('of a dead process is free immediately', async () => {
      const path = await leasePath();
      const child = spawn('sleep', ['1000']);
      await once(child, 'spawn');
      const own = await ownIdentity();
      const startTicks = await startOf(child.pid ?? 0);
      await writeFile(
        path,
        JSON.stringify({ ...JSON.parse(ELSEWHERE), pid: child.pid, scope: own.scope, startTicks }),
      );
      await expect(
        Lease.acquire(path, NEVER, { renewMs: 100, expiryMs: 60_000 }),
      ).rejects.toMatchObject({ code: 'ERR_NETBOOT_STORE_BUSY' });
      child.kill('SIGKILL');
      await once(child, 'exit');
      await acquire(path, { renewMs: 100, expiryMs: 60_000 });
    });

    it('from another machine is taken over after its expiry', async () => {
      const path = await leasePath();
      await writeFile(path, ELSEWHERE);
      const start = performance.now();
      const lease = await acquire(path);
      expect(performance.now() - start).toBeGreaterThan(QUICK.expiryMs * 0.8);
      await lease.confirm();
    });

    it('dated in the future is taken over, too', async () => {
      const path = await leasePath();
      await writeFile(path, ELSEWHERE);
      const later = new Date(Date.now() + 3_600_000);
      await utimes(path, later, later);
      const lease = await acquire(path);
      await lease.confirm();
    });

    it('from another machine is respected while it is renewed', async () => {
      const path = await leasePath();
      await writeFile(path, ELSEWHERE);
      const renewing = setInterval(() => void writeFile(path, ELSEWHERE), 30);
      afterTest(() => {
        clearInterval(renewing);
        return Promise.resolve();
      });
      // Longer than a busy machine would delay a renewal.
      const timing = { ...QUICK, expiryMs: 60_000 };
      await expect(Lease.acquire(path, NEVER, timing)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_STORE_BUSY',
      });
    });

    it('that was taken over is not released by its former holder', async () => {
      const path = await leasePath();
      const lease = await acquire(path);
      await writeFile(path, ELSEWHERE);
      await expect(lease.confirm()).rejects.toMatchObject({ code: 'ERR_NETBOOT_STORE_LEASE_LOST' });
      expect(lease.signal.aborted).toBe(true);
      await lease.release();
      expect(await readFile(path, 'utf8')).toBe(ELSEWHERE);
    });

    it('is found to be lost at its next renewal', async () => {
      const path = await leasePath();
      const lease = await acquire(path);
      await writeFile(path, ELSEWHERE);
      await once(lease.signal, 'abort');
      expect(lease.signal.reason).toMatchObject({ code: 'ERR_NETBOOT_STORE_LEASE_LOST' });
    });

    it('with an unreadable file counts as held', async () => {
      const path = await leasePath();
      await writeFile(path, '');
      await acquire(path);
    });

    it.each<[string, (path: string) => Promise<unknown>]>([
      ['a pipe', (path) => run('mkfifo', [path])],
      ['an endless file', (path) => writeFile(path, '').then(() => truncate(path, 2 ** 40))],
    ])(
      'that is %s is taken over like one that is not renewed, without being read',
      async (_what, make) => {
        const path = await leasePath();
        await make(path);
        const lease = await acquire(path);
        await lease.confirm();
        expect((await readFile(path, 'utf8')).length).toBeGreaterThan(0);
      },
    );

    it('goes to only one of several processes that try to take it over', async () => {
      const path = await leasePath();
      await writeFile(path, ELSEWHERE);
      const takers = await Promise.allSettled(
        Array.from({ length: 6 }, () => Lease.acquire(path, NEVER, QUICK)),
      );
      const winners = takers.filter(({ status }) => status === 'fulfilled');
      for (const taker of takers) {
        if (taker.status === 'fulfilled') {
          afterTest(() => taker.value.release());
        }
      }
      expect(winners).toHaveLength(1);
    });

    it('is no longer waited for once the signal is aborted', async () => {
      const path = await leasePath();
      await writeFile(path, ELSEWHERE);
      const waiting = new AbortController();
      const acquiring = Lease.acquire(path, waiting.signal, { renewMs: 5000, expiryMs: 60_000 });
      setTimeout(() => {
        waiting.abort(new Error('enough'));
      }, 50);
      await expect(acquiring).rejects.toThrow('enough');
    });
  });

  it('counts a process whose parent has not waited for it as ended', async () => {
    // The shell is replaced by a program that never waits for the child process that it inherits.
    const script = 'sleep 600 & echo $!; exec cat';
    const parent = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    afterTest(async () => {
      const closed = once(parent, 'close');
      parent.stdin.end();
      await closed;
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    const own = await ownIdentity();
    const child = { ...own, pid, startTicks: await startOf(pid) };
    expect(await hasEnded(child)).toBe(false);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
    expect(await startOf(pid)).toBe(child.startTicks);
    expect(await hasEnded(child)).toBe(true);
  });

  it('treats an invisible process as possibly alive', async () => {
    const own = await ownIdentity();
    expect(await hasEnded(own)).toBe(false);
    expect(await hasEnded({ ...own, scope: 'another container', pid: 999_999 })).toBe(false);
    expect(await hasEnded({ ...own, startTicks: '1' })).toBe(true);
  });
});
