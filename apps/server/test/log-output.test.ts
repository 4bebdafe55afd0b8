import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { TEST_STORE } from './support/test-store.js';
import { UnreadDaemon } from './support/unread-daemon.js';

/** Number of requests whose lines do not all fit into the buffer of the log. */
const REQUESTS = 6000;

/** Requests a menu this many times; each request is one line in the log. */
async function ask(port: number, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', path: '/menu.ipxe', agent }, (answer) => {
        answer.resume().on('end', resolve);
      }).on('error', reject);
    });
  let left = count;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (left-- > 0) {
        await one();
      }
    }),
  );
  agent.destroy();
}

describe.skipIf(lacks('apt-get', 'curl', 'mkfifo'))(
  'a daemon whose log cannot be written',
  { timeout: 120_000 },
  () => {
    let directory: string;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'pxeboot-log-'));
    });

    afterAll(async () => {
      await rm(directory, { recursive: true });
    });

    /** Creates a pipe that no program reads; returns its two descriptors. */
    function pipe(name: string): { reader: number; writer: number } {
      const path = join(directory, name);
      execFileSync('mkfifo', [path]);
      // Opened for both directions, so that open does not wait for a reader.
      return { reader: openSync(path, 'r+'), writer: openSync(path, 'a') };
    }

    it.each(['full', 'stopped', 'closed', 'absent'] as const)(
      'keeps serving and ends on SIGTERM: the output is %s',
      async (state) => {
        const { reader, writer } =
          state === 'full' ? { reader: -1, writer: openSync('/dev/full', 'w') } : pipe(state);
        const prefix = state === 'absent' ? ['sh', '-c', 'exec "$0" "$@" >&-'] : [];
        await using daemon = await UnreadDaemon.start(['--log-level', 'trace'], {
          stdout: writer,
          prefix,
        });
        closeSync(writer);
        if (state === 'closed') {
          closeSync(reader);
        }
        await ask(daemon.http, 500);
        const before = await daemon.residentBytes();
        await ask(daemon.http, REQUESTS);
        expect((await daemon.residentBytes()) - before).toBeLessThan(48 * 1024 * 1024);
        expect(await daemon.boots()).toBe(true);
        expect(await daemon.isReady()).toBe(true);
        daemon.signal('SIGTERM');
        expect(await daemon.ended()).toBe(0);
        if (state === 'stopped') {
          closeSync(reader);
        }
      },
    );

    it.skipIf(lacksRoot() || lacks('unshare', 'mount'))(
      'writes whole lines again once a full disk has room, and logs the number of lost lines',
      async () => {
        const mount = join(directory, 'disk');
        const shell = 'mkdir "$0" && mount -t tmpfs -o size=64k log "$0" && exec "$@" >"$0/log"';
        await using daemon = await UnreadDaemon.start([], {
          prefix: ['unshare', '--mount', 'sh', '-c', shell, mount],
        });
        const disk = `/proc/${daemon.pid}/root${mount}`;
        await writeFile(join(disk, 'ballast'), Buffer.alloc(32 * 1024));
        await ask(daemon.http, REQUESTS);
        expect(await daemon.boots()).toBe(true);
        expect((await stat(join(disk, 'log'))).size).toBeLessThanOrEqual(64 * 1024);
        execFileSync('nsenter', [
          ...['--target', String(daemon.pid), '--mount'],
          ...['mount', '-o', 'remount,size=16m', mount],
        ]);
        const lines = async (): Promise<Record<string, unknown>[]> =>
          (await readFile(join(disk, 'log'), 'utf8'))
            .split('\n')
            .slice(0, -1)
            .map((line) => JSON.parse(line) as Record<string, unknown>);
        let dropped: Record<string, unknown> | undefined;
        while (dropped === undefined) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          dropped = (await lines()).find(({ event }) => event === 'log.dropped');
        }
        expect(dropped['msg']).toMatch(/^[\d,]+ lines? dropped while the log could not be/);
        const requests = (await lines()).filter(({ event }) => event === 'http.request').length;
        // Each line was either written or counted; the boot has a few more lines.
        expect(requests + Number(dropped['lines'])).toBeGreaterThanOrEqual(REQUESTS);
        expect(requests + Number(dropped['lines'])).toBeLessThan(REQUESTS + 10);
        daemon.signal('SIGTERM');
        expect(await daemon.ended()).toBe(0);
      },
    );
  },
);

describe.skipIf(lacks('apt-get', 'curl'))('the log of a daemon under attack', () => {
  it('costs less than a byte per forged packet, and still shows the boots of a machine', async () => {
    const packets = 60_000;
    await using daemon = await RunningDaemon.start(['--data-dir', TEST_STORE]);
    const client = await fetch(`http://127.0.0.1:${daemon.port('http')}/lpxelinux.0`);
    await client.arrayBuffer();
    const from = daemon.log.length;
    // All of 127.0.0.0/8 is loopback: each socket uses another source.
    const sockets = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const socket = createSocket('udp4').bind(
          0,
          `127.${1 + (index >> 6)}.7.${1 + (index & 63)}`,
        );
        await once(socket, 'listening');
        return socket;
      }),
    );
    for (let sent = 0; sent < packets;) {
      await Promise.all(
        sockets.slice(0, 50).map(
          (_, offset) =>
            new Promise((resolve) => {
              const number = sent + offset;
              const name = number % 2 === 0 ? `missing-${number}` : 'menu.ipxe';
              const request = Buffer.from(`\0\x01${name}\0octet\0`);
              sockets[number % sockets.length]?.send(
                request,
                daemon.port('tftp'),
                '127.0.0.1',
                resolve,
              );
            }),
        ),
      );
      sent += 50;
    }
    const missing = await fetch(`http://127.0.0.1:${daemon.port('http')}/wrong-name.0`);
    expect(missing.status).toBe(404);
    for (const socket of sockets) {
      socket.close();
    }
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
    const lines = daemon.log.slice(from);
    const tftp = lines.filter(({ event = '' }) => event.startsWith('tftp.'));
    expect(JSON.stringify(tftp).length).toBeGreaterThan(1000);
    expect(JSON.stringify(lines).length).toBeLessThan(packets);
    expect(lines.map(({ msg }) => msg)).toContain('HTTP 404 GET /wrong-name.0 to 127.0.0.1');
    const summary = lines.find(({ event, of }) => event === 'log.suppressed' && of !== undefined);
    expect(summary?.['msg']).toMatch(
      /^suppressed [\d,]+ more lines? of tftp\.\w+ from .* addresses in the last minute$/,
    );
  });
});

describe.skipIf(lacks('strace', 'apt-get'))('an unexpected error while the daemon starts', () => {
  it('is in the log', async () => {
    const splash = fileURLToPath(new URL('../assets/splash.png', import.meta.url));
    const { stdout, code } = await runPxeboot(
      [
        ...['serve', '--data-dir', TEST_STORE, '--log-format', 'json', '--state', 'off'],
        ...['--tftp-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0'],
        ...['--admin-listen', '127.0.0.1:0', '--syslog', 'off'],
      ],
      {
        prefix: [
          ...['strace', '--follow-forks', '--output', '/dev/null', '--trace-path', splash],
          ...['--inject', 'openat:error=EIO'],
        ],
      },
    );
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(-1)).toMatchObject({
      level: 'fatal',
      event: 'serve.crashed',
      err: { code: 'EIO' },
    });
    expect(code).toBe(1);
  });
});
