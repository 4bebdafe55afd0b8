import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { describe, expect, it as test } from 'vitest';

import { lacks } from '@pxe/test-host';

import { type LogLine, RunningDaemon } from './support/daemon.js';
import { startPxeboot } from './support/pxeboot-command.js';
import { TftpPort } from './support/raw-tftp.js';
import { TEST_STORE } from './support/test-store.js';

/** Time in milliseconds after which the files, checked every 10 seconds, have been checked. */
const CHECKED_MS = 15_000;
/** Time after which a line of the log counts as missing, in milliseconds; long, since the machine may be busy. */
const PATIENCE_MS = 120_000;
const TOKEN = 'correct-horse-battery';
const NEW_TOKEN = 'another-horse-battery';

/** Each test has its own configuration file. */
const it = test.extend<{ readonly directory: string; readonly file: string }>({
  // eslint-disable-next-line no-empty-pattern -- vitest requires a pattern
  directory: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), 'pxeboot-reload-'));
    await use(directory);
    await rm(directory, { recursive: true, force: true });
  },
  file: async ({ directory }, use) => {
    const file = join(directory, 'pxeboot.yaml');
    await writeFile(file, 'menu: { title: Rack 1 }\n');
    await use(file);
  },
});

function start(file: string): Promise<RunningDaemon> {
  return RunningDaemon.start(['--config', file, '--data-dir', TEST_STORE]);
}

/** Waits until an event has been logged this many times, and returns its last line. */
async function loggedTimes(daemon: RunningDaemon, event: string, times: number): Promise<LogLine> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const lines = daemon.log.filter((line) => line.event === event);
    if (lines.length === times) {
      return lines.at(-1)!;
    }
    if (Date.now() > deadline) {
      throw new Error(`${event}: expected ${times} lines, got ${lines.length}`);
    }
    await delay(50);
  }
}

async function menuOf(daemon: RunningDaemon): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${daemon.port('http')}/pxelinux.cfg/default`);
  return answer.text();
}

/** Returns a metric about the last reload, once it is fresh. */
async function reloadMetric(daemon: RunningDaemon, name: string): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const answer = await fetch(`http://127.0.0.1:${daemon.port('admin')}/metrics`);
  const [, value] =
    new RegExp(`^pxeboot_config_last_reload_${name} (\\S+)$`, 'm').exec(await answer.text()) ?? [];
  return Number(value);
}

/** Returns the blocks of a transfer that has begun, up to and including `count`, or all of them. */
async function receive(client: TftpPort, first: number, count = Infinity): Promise<Buffer[]> {
  const blocks: Buffer[] = [];
  while (blocks.length < count) {
    const answer = await client.next();
    const expected = first + blocks.length;
    // The server repeated a block while it waited for this test.
    if (answer.type === 'data' && answer.block === expected - 1) {
      continue;
    }
    if (answer.type !== 'data' || answer.block !== expected) {
      throw new Error(`expected block ${expected}, got ${JSON.stringify(answer)}`);
    }
    blocks.push(answer.bytes);
    client.acknowledge(expected);
    if (answer.bytes.length < 512) {
      break;
    }
  }
  return blocks;
}

function digest(...parts: readonly Uint8Array[]): string {
  return createHash('sha256').update(Buffer.concat(parts)).digest('hex');
}

// Concurrent, since these tests mostly wait for the next check of the file.
describe.skipIf(lacks('apt-get'))(
  'a changed configuration',
  { timeout: 300_000, concurrent: true },
  () => {
    it('changes the menu on SIGHUP, and no transfer', async ({ file }) => {
      await using daemon = await start(file);
      const before = await menuOf(daemon);
      expect(before).toContain('MENU TITLE Rack 1');
      await using menu = await TftpPort.open(daemon.port('tftp'));
      await using loader = await TftpPort.open(daemon.port('tftp'));
      menu.ask('pxelinux.cfg/default');
      loader.ask('lpxelinux.0');
      const ofMenu = await receive(menu, 1, 3);
      const ofLoader = await receive(loader, 1, 20);

      await writeFile(file, 'menu: { title: Rack 2 }\nlog: { level: debug }\n');
      daemon.signal('SIGHUP');
      expect((await daemon.logged('config.reloaded'))['changed']).toEqual([
        'menu.title',
        'log.level',
      ]);
      expect(await menuOf(daemon)).toContain('MENU TITLE Rack 2');

      ofMenu.push(...(await receive(menu, 4)));
      ofLoader.push(...(await receive(loader, 21)));
      const whole = await fetch(`http://127.0.0.1:${daemon.port('http')}/lpxelinux.0`);
      expect(digest(...ofLoader)).toBe(digest(new Uint8Array(await whole.arrayBuffer())));
      // TFTP and HTTP clients of one loader get the same menu.
      expect(digest(...ofMenu)).toBe(digest(Buffer.from(before)));
    });

    it('is found without a signal, and one line reports an invalid one', async ({ file }) => {
      await using daemon = await start(file);
      await writeFile(file, 'menu: { title: Rack 2, timeout: soon }\n');
      const { level, msg } = await loggedTimes(daemon, 'config.invalid', 1);
      expect(level).toBe('error');
      expect(msg).toContain('pxeboot.yaml:1: menu.timeout: ');
      expect(await menuOf(daemon)).toContain('MENU TITLE Rack 1');

      await delay(CHECKED_MS);
      expect(daemon.log.filter(({ event }) => event === 'config.invalid')).toHaveLength(1);

      await writeFile(file, 'menu: { title: Rack 3 }\n');
      await loggedTimes(daemon, 'config.reloaded', 1);
      expect(await menuOf(daemon)).toContain('MENU TITLE Rack 3');
    });

    it('is found behind the links of a Kubernetes ConfigMap', async ({ directory, file }) => {
      const version = async (name: string, text: string): Promise<void> => {
        await mkdir(join(directory, name));
        await writeFile(join(directory, name, 'pxeboot.yaml'), text);
        await symlink(name, join(directory, '..data_tmp'));
        await rename(join(directory, '..data_tmp'), join(directory, '..data'));
      };
      await rm(file);
      await version('..2026_1', 'menu: { title: Rack 1 }\n');
      await symlink('..data/pxeboot.yaml', file);
      await using daemon = await start(file);
      await version('..2026_2', 'menu: { title: Rack 2 }\n');
      await rm(join(directory, '..2026_1'), { recursive: true });
      expect(await loggedTimes(daemon, 'config.reloaded', 1)).toMatchObject({
        file,
        changed: ['menu.title'],
      });
      expect(await menuOf(daemon)).toContain('MENU TITLE Rack 2');
      // Another target with the same content changes nothing.
      await version('..2026_3', 'menu: { title: Rack 2 }\n');
      await delay(12_000);
      expect(daemon.log.filter(({ event }) => event === 'config.reloaded')).toHaveLength(1);
    });

    it('takes new tokens from their files, and other limits for clients', async ({
      directory,
      file,
    }) => {
      const tokenFile = join(directory, 'token');
      await writeFile(tokenFile, TOKEN);
      const admin = `admin: { tokenFile: ${tokenFile} }\n`;
      await writeFile(file, admin);
      await using daemon = await start(file);
      const statusWith = async (token: string): Promise<number> => {
        const answer = await fetch(`http://127.0.0.1:${daemon.port('admin')}/api/v1/images`, {
          headers: { authorization: `Bearer ${token}` },
        });
        return answer.status;
      };
      expect([await statusWith(TOKEN), await statusWith(NEW_TOKEN)]).toEqual([200, 401]);
      await writeFile(tokenFile, NEW_TOKEN);
      const { changed } = await loggedTimes(daemon, 'config.reloaded', 1);
      expect(changed).toEqual(['admin.tokenFile']);
      expect([await statusWith(TOKEN), await statusWith(NEW_TOKEN)]).toEqual([401, 200]);

      const grantedTo = async (): Promise<string> => {
        await using client = await TftpPort.open(daemon.port('tftp'));
        client.ask('lpxelinux.0', ['blksize', '1400', 'tsize', '0']);
        const answer = await client.next();
        return answer.type === 'oack' ? answer.options.replaceAll('\0', ' ') : answer.type;
      };
      expect(await grantedTo()).toMatch(/^blksize 1400 tsize \d+ $/);
      const quirks =
        'tftp: { quirks: [{ match: 127.0.0.0/8, maxBlockSize: 600, refuse: [tsize] }] }\n';
      await writeFile(file, admin + quirks);
      daemon.signal('SIGHUP');
      await loggedTimes(daemon, 'config.reloaded', 2);
      expect(await grantedTo()).toBe('blksize 600 ');

      await appendFile(file, 'access: { allow: [192.0.2.0/24] }\n');
      daemon.signal('SIGHUP');
      await loggedTimes(daemon, 'config.reloaded', 3);
      await expect(menuOf(daemon)).rejects.toThrow();
      await rm(tokenFile);
      expect((await loggedTimes(daemon, 'config.invalid', 1))['msg']).toContain('cannot read');
      expect(await statusWith(NEW_TOKEN)).toBe(200);
    });

    it('names what needs a restart in one warning, and changes the rest', async ({ file }) => {
      await writeFile(file, 'menu: { title: Rack 1 }\ntftp: { stall: 1m }\nstate: off\n');
      await using daemon = await start(file);
      await writeFile(file, 'menu: { title: Rack 2 }\ntftp: { stall: 2m }\nstate: on\n');
      daemon.signal('SIGHUP');
      const { keys, level } = await daemon.logged('config.restart-needed');
      expect([level, keys]).toEqual(['warn', ['tftp.stall', 'state']]);
      expect((await daemon.logged('config.reloaded'))['changed']).toEqual(['menu.title']);
      expect(await menuOf(daemon)).toContain('MENU TITLE Rack 2');
    });

    it('fetches other images at once', async ({ directory, file }) => {
      const store = join(directory, 'store');
      const source = 'source: { kind: directory, path: /nowhere }\n';
      await writeFile(file, `images: [trixie:amd64:text]\n${source}`);
      await using daemon = await RunningDaemon.start([
        ...['--config', file, '--data-dir', store, '--source-kind', 'directory'],
      ]);
      await loggedTimes(daemon, 'images.sync-failed', 1);
      await writeFile(file, `images: [bookworm:amd64:text]\n${source}`);
      daemon.signal('SIGHUP');
      await loggedTimes(daemon, 'images.sync-failed', 2);
    });

    it('is refused when its file has become empty, until it is written again', async ({ file }) => {
      const startedAt = Date.now() / 1000;
      await using daemon = await start(file);
      await writeFile(file, '\n');
      daemon.signal('SIGHUP');
      const { msg } = await daemon.logged('config.invalid');
      expect(msg).toContain('pxeboot.yaml: this file is empty, perhaps after a failed write');
      expect(await menuOf(daemon)).toContain('MENU TITLE Rack 1');
      expect(await reloadMetric(daemon, 'successful')).toBe(0);

      await writeFile(file, '# back to the defaults\n');
      daemon.signal('SIGHUP');
      expect((await daemon.logged('config.reloaded'))['changed']).toEqual(['menu.title']);
      expect(await reloadMetric(daemon, 'successful')).toBe(1);
      const succeededAt = await reloadMetric(daemon, 'success_timestamp_seconds');
      expect(succeededAt).toBeGreaterThan(startedAt - 1);
    });

    it('is refused when its file is gone', async ({ file }) => {
      await using daemon = await start(file);
      await rm(file);
      daemon.signal('SIGHUP');
      expect((await daemon.logged('config.invalid'))['msg']).toContain('pxeboot.yaml');
      expect(await menuOf(daemon)).toContain('MENU TITLE Rack 1');
    });

    it('is refused when it names a pipe or an endless file', async ({ directory, file }) => {
      const tokenFile = join(directory, 'token');
      await writeFile(tokenFile, TOKEN);
      await writeFile(file, `admin: { tokenFile: ${tokenFile} }\n`);
      await using daemon = await start(file);
      const replaceToken = async (make: () => Promise<unknown>): Promise<void> => {
        await rm(tokenFile);
        await make();
        daemon.signal('SIGHUP');
      };
      await replaceToken(() => promisify(execFile)('mkfifo', [tokenFile]));
      const messageOf = async (times: number): Promise<unknown> =>
        (await loggedTimes(daemon, 'config.invalid', times))['msg'];
      expect(await messageOf(1)).toContain('not a regular file');
      await replaceToken(() => symlink('/dev/zero', tokenFile));
      expect(await messageOf(2)).toContain('not a regular file');
      await replaceToken(() => writeFile(tokenFile, Buffer.alloc(5 * 1024 * 1024, 'a')));
      expect(await messageOf(3)).toContain('EFBIG');
      await replaceToken(() => writeFile(tokenFile, NEW_TOKEN));
      await loggedTimes(daemon, 'config.reloaded', 1);
    });

    it('is refused when its file has become a pipe', async ({ file }) => {
      await using daemon = await start(file);
      await rm(file);
      await promisify(execFile)('mkfifo', [file]);
      daemon.signal('SIGHUP');
      expect((await daemon.logged('config.invalid'))['msg']).toContain('not a regular file');
      daemon.signal('SIGTERM');
      expect(await daemon.ended()).toBe(0);
    });

    it('is applied after the start if SIGHUP arrives during it', async ({ file, expect }) => {
      const ports = ['tftp', 'http', 'admin'].flatMap((name) => [
        `--${name}-listen`,
        '127.0.0.1:0',
      ]);
      const child = startPxeboot([
        ...['serve', '--config', file, '--data-dir', TEST_STORE, '--source-kind', 'apt'],
        ...['--log-format', 'json', ...ports],
      ]);
      let log = '';
      child.stdout?.on('data', (chunk: Buffer) => (log += chunk.toString()));
      try {
        await expect.poll(() => handlesHangUp(child.pid ?? 0), { interval: 1 }).toBe(true);
        // Signals arrive in each phase of the start.
        while (!log.includes('serve.ready') && child.exitCode === null) {
          child.kill('SIGHUP');
          await delay(10);
        }
        await expect.poll(() => log).toContain('config.reloaded');
        expect(log.indexOf('serve.ready')).toBeGreaterThan(-1);
        expect(log.indexOf('serve.ready')).toBeLessThan(log.indexOf('config.reloaded'));
        child.kill('SIGTERM');
        const [code] = (await once(child, 'close')) as [number | null];
        expect(code).toBe(0);
      } finally {
        child.kill('SIGKILL');
      }
    });
  },
);

/** Returns true if a process has a handler for SIGHUP (proc_pid_status(5)). */
async function handlesHangUp(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [, mask = '0'] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return (BigInt(`0x${mask}`) & 1n) === 1n;
}
