import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';
import { TftpPort } from './support/raw-tftp.js';
import { TEST_STORE } from './support/test-store.js';

const start = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  RunningDaemon.start(['--data-dir', TEST_STORE, ...args], { env });

async function status(daemon: RunningDaemon): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${daemon.port('http')}/lpxelinux.0`);
  await answer.arrayBuffer();
  return answer.status;
}

describe.skipIf(lacks('apt-get'))('the daemon', () => {
  it.each(['SIGUSR2', 'SIGALRM', 'SIGVTALRM', 'SIGIO', 'SIGXFSZ'] as const)(
    'keeps serving after %s and logs it',
    async (name) => {
      await using daemon = await start();
      daemon.signal(name);
      const line = await daemon.logged('serve.signal');
      expect(line['msg']).toBe(`${name}: ignored`);
      expect(await status(daemon)).toBe(200);
    },
  );

  it('keeps serving after SIGPIPE, sent for each client that leaves, and logs nothing', async () => {
    await using daemon = await start();
    daemon.signal('SIGPIPE');
    daemon.signal('SIGUSR2');
    expect((await daemon.logged('serve.signal'))['signal']).toBe('SIGUSR2');
    expect(await status(daemon)).toBe(200);
  });

  it('opens no debugger on SIGUSR1', async () => {
    await using daemon = await start();
    daemon.signal('SIGUSR1');
    daemon.signal('SIGUSR2');
    await daemon.logged('serve.signal');
    expect(await status(daemon)).toBe(200);
    expect(daemon.stderr).toBe('');
    expect(await listenersOf(daemon.pid)).toHaveLength(2);
  });

  it('exits immediately on a second signal, with a line', async () => {
    await using daemon = await start(['--drain-timeout', '10m']);
    await using client = await TftpPort.open(daemon.port('tftp'));
    client.ask('lpxelinux.0');
    expect((await client.next()).type).toBe('data');
    daemon.signal('SIGTERM');
    await daemon.logged('serve.draining');
    daemon.signal('SIGINT');
    expect(await daemon.ended()).toBe(130);
    expect(daemon.stderr).toBe('pxeboot: stopped by a second SIGINT\n');
  });

  it('counts a signal that is repeated at once as one, and ends on a later one', async () => {
    await using daemon = await start(['--drain-timeout', '10m']);
    await using client = await TftpPort.open(daemon.port('tftp'));
    client.ask('lpxelinux.0');
    expect((await client.next()).type).toBe('data');
    daemon.signal('SIGTERM');
    await delay(20);
    daemon.signal('SIGTERM');
    await daemon.logged('serve.draining');
    await delay(1_100);
    expect(daemon.stderr).toBe('');
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(143);
    expect(daemon.stderr).toBe('pxeboot: stopped by a second SIGTERM\n');
  });

  it.each([
    ['an exception', 'throw new Error("out of the blue")', 'uncaughtException'],
    ['a rejection', 'Promise.reject(new Error("out of the blue"))', 'unhandledRejection'],
  ])('logs a line and exits with code 1 on %s that is not caught', async (_kind, code, origin) => {
    const program = `process.on('SIGWINCH', () => { ${code} })`;
    const preload = `--import=data:text/javascript,${encodeURIComponent(program)}`;
    await using daemon = await start([], { NODE_OPTIONS: preload });
    daemon.signal('SIGWINCH');
    expect(await daemon.ended()).toBe(1);
    const line = await daemon.logged('serve.crashed');
    expect(line).toMatchObject({ level: 'fatal', origin, err: { message: 'out of the blue' } });
    expect((line['err'] as { stack: string }).stack).toMatch(/\n +at /);
  });
});

/** Returns the TCP ports that a process listens on. */
async function listenersOf(pid: number): Promise<readonly string[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(
    descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
  );
  const table = await readFile(`/proc/${pid}/net/tcp`, 'utf8');
  return table
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .filter(
      ([, , , state, , , , , , inode]) =>
        state === '0A' && links.includes(`socket:[${inode ?? ''}]`),
    )
    .map(([, local = '']) => local);
}
