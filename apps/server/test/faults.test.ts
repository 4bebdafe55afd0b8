import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { startPxeboot } from './support/pxeboot-command.js';
import { type Fault, withFault } from './support/system-call-faults.js';
import { copyTestStore } from './support/test-store.js';

const run = promisify(execFile);

interface Calls {
  readonly calls: string;
  /** Errors to inject: the first always, all with PXEBOOT_LONG_TESTS=true. */
  readonly errors: readonly [string, ...string[]];
}

/** System calls of a ready daemon, and their possible errors. */
const FAULTS: readonly Calls[] = [
  { calls: 'openat', errors: ['EMFILE', 'ENFILE', 'EIO', 'ENOMEM', 'EACCES'] },
  { calls: 'pread64', errors: ['EIO', 'ENOMEM'] },
  { calls: 'statx,fstat,newfstatat', errors: ['EIO', 'ENOMEM'] },
  { calls: 'accept4', errors: ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'ECONNABORTED', 'EPERM'] },
  { calls: 'recvmsg,recvmmsg', errors: ['ENOBUFS', 'ENOMEM', 'ECONNREFUSED', 'EIO'] },
  { calls: 'sendmsg,sendmmsg', errors: ['ENOBUFS', 'EPERM', 'ENETUNREACH', 'EAGAIN', 'EIO'] },
  { calls: 'writev', errors: ['ENOBUFS', 'EPIPE', 'EIO'] },
  { calls: 'shutdown', errors: ['ENOTCONN', 'ENOBUFS'] },
  { calls: 'setsockopt', errors: ['ENOBUFS', 'EINVAL', 'EDOM'] },
  { calls: 'getsockname', errors: ['ENOBUFS', 'EINVAL'] },
  { calls: 'getpeername', errors: ['ENOTCONN', 'ENOBUFS'] },
  { calls: 'socket', errors: ['EMFILE', 'ENFILE', 'ENOBUFS', 'EAFNOSUPPORT'] },
  { calls: 'bind', errors: ['EADDRINUSE', 'EADDRNOTAVAIL', 'ENOMEM'] },
  { calls: 'sendto', errors: ['ENOBUFS', 'EPERM'] },
];

/**
 * Calls not injected above, because libuv aborts when they fail. None of them fails for lack of resources
 * in a ready process: they act on descriptors that libuv created at start.
 */
const ABORTS: readonly (Fault & { readonly reason: string })[] = [
  { calls: 'epoll_ctl', error: 'ENOMEM', reason: 'uv__io_poll aborts unless it is EEXIST' },
  { calls: 'epoll_pwait', error: 'ENOMEM', reason: 'uv__io_poll aborts unless it is EINTR' },
  { calls: 'write', error: 'EIO', reason: 'uv__async_send aborts unless it is EAGAIN' },
  { calls: 'read', error: 'EIO', reason: 'uv__async_io aborts unless it is EAGAIN or EINTR' },
];

/** Daemons, with the faults that each survives and those that end it. */
const DAEMONS: Readonly<
  Record<
    string,
    {
      readonly flags: readonly string[];
      readonly faults: readonly Calls[];
      readonly aborts: typeof ABORTS;
    }
  >
> = {
  'a daemon keeps serving': { flags: [], faults: FAULTS, aborts: ABORTS },
  'a daemon with fixed addresses and a port per transfer keeps serving': {
    flags: ['--tftp-listen', '127.0.0.1:69', '--tftp-single-port', 'false'],
    faults: FAULTS.filter(({ calls }) => /recvmsg|sendmsg|sock|bind/.test(calls)),
    // Tested with the other daemon: when libuv aborts does not depend on the options of the daemon.
    aborts: [],
  },
};

/** Time after which an event counts as missing, in milliseconds; long, since the machine may be busy. */
const PATIENCE_MS = 120_000;

const isLong = process.env['PXEBOOT_LONG_TESTS'] === 'true';

describe
  .skipIf(lacks('strace', 'unshare', 'nsenter', 'ip', 'curl', 'apt-get') || lacksRoot())
  .each(Object.entries(DAEMONS))(
  'while system calls fail, %s',
  { timeout: 300_000 },
  (_which, { flags, faults, aborts }) => {
    let directory: string;
    let log: string;
    let store: string;
    let daemon: ReturnType<typeof startPxeboot>;
    let hash: string | undefined;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'pxeboot-faults-'));
      log = join(directory, 'log');
      // Separate store: an unreadable file may be treated as damaged.
      store = join(directory, 'store');
      await copyTestStore(store);
      await start();
      hash = await load('http://127.0.0.1:8069/lpxelinux.0');
    });

    beforeEach(async () => {
      if (hasEnded()) {
        await start();
      }
    });

    /** Starts the daemon in its own network namespace, in which port 69 is free and addresses can change. */
    async function start(): Promise<void> {
      const output = openSync(log, 'w');
      daemon = startPxeboot(
        [
          ...['serve', '--data-dir', store, '--log-format', 'json', '--log-level', 'debug'],
          ...['--source-kind', 'directory', '--source-path', '/nonexistent', ...flags],
        ],
        {
          prefix: ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"'],
          stdout: output,
        },
      );
      closeSync(output);
      await until(async () => (await load('http://127.0.0.1:9069/readyz')) !== undefined);
    }

    const hasEnded = (): boolean => daemon.exitCode !== null || daemon.signalCode !== null;

    afterAll(async () => {
      daemon.kill('SIGKILL');
      await rm(directory, { recursive: true });
    });

    /** Returns the hash of a file loaded by curl in the daemon's network; undefined on failure. */
    async function load(url: string, seconds = 60): Promise<string | undefined> {
      try {
        const { stdout } = await run(
          'nsenter',
          [
            ...['--target', String(daemon.pid), '--net', 'curl', '-sf'],
            ...['--max-time', String(seconds), url],
          ],
          { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 },
        );
        return createHash('sha256').update(stdout).digest('hex');
      } catch {
        return undefined;
      }
    }

    async function lastLines(): Promise<string> {
      return (await readFile(log, 'utf8')).split('\n').slice(-3).join('\n');
    }

    async function boots(): Promise<boolean> {
      const loaded = await Promise.all([
        load('tftp://127.0.0.1/lpxelinux.0'),
        load('http://127.0.0.1:8069/lpxelinux.0'),
      ]);
      return loaded.every((one) => one !== undefined && one === hash);
    }

    it.each(['ENOSPC', 'EIO', 'EDQUOT', 'EFBIG'])('the log: %s', async (error) => {
      const fault: Fault = { calls: 'write,pwrite64', error, path: log };
      await withFault(daemon.pid ?? 0, fault, async (injected) => {
        await until(async () => (await boots()) && injected() > 0);
      });
      await until(boots);
    });

    it.each(aborts)('$calls ends the process: $reason', async ({ calls, error }) => {
      await withFault(daemon.pid ?? 0, { calls, error }, async () => {
        await load('http://127.0.0.1:8069/lpxelinux.0', 2);
        await until(() => Promise.resolve(hasEnded()));
      });
      expect(daemon.signalCode).toBe('SIGABRT');
    });

    it.each(
      faults.flatMap(({ calls, errors }) =>
        errors.slice(0, isLong ? undefined : 1).map((error) => ({ calls, error })),
      ),
    )('$calls: $error', async ({ calls, error }) => {
      const fault: Fault = { calls, error };
      await withFault(daemon.pid ?? 0, fault, async (injected) => {
        // Either a boot makes the call, or the next check for new addresses or generations.
        await until(async () => {
          await Promise.all([
            load('tftp://127.0.0.1/lpxelinux.0', 2),
            load('http://127.0.0.1:8069/lpxelinux.0', 2),
            load('http://127.0.0.1:8069/ldlinux.c32', 2),
            load('http://127.0.0.1:9069/readyz', 2),
          ]);
          return hasEnded() || injected() > 0;
        });
      });
      // The daemon may also end later, because of a file that it could not open.
      await until(async () => hasEnded() || (await boots()));
      expect(hasEnded(), await lastLines()).toBe(false);
    });
  },
);

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`it did not become true within ${PATIENCE_MS} ms`);
    }
    await delay(100);
  }
}
