import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { plainKeys } from '../src/config/keys.js';
import { aptFlags } from './support/apt-flags.js';
import { RunningDaemon } from './support/daemon.js';
import { type Finished, runPxeboot, startPxeboot } from './support/pxeboot-command.js';
import { TEST_STORE } from './support/test-store.js';

/** Preload that simulates a host without IPv6. */
const WITHOUT_IPV6 = fileURLToPath(new URL('./support/without-ipv6.pl', import.meta.url));

let directory: string;

describe('cli', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-cli-'));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  /** Expects a message with these parts, the exit code of a failure, and no stack trace. */
  function expectClearFailure({ code, stderr }: Finished, ...parts: RegExp[]): void {
    expect(stderr).toMatch(/^pxeboot: /);
    for (const part of parts) {
      expect(stderr).toMatch(part);
    }
    expect(stderr).not.toMatch(/^[ \t]+at /m);
    expect(code).toBeGreaterThanOrEqual(1);
    expect(code).toBeLessThanOrEqual(7);
  }

  describe('pxeboot on an expected failure', () => {
    it('explains that the port is in use', async () => {
      const other = createSocket('udp4');
      other.bind(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address();
      const finished = await runPxeboot([
        'serve',
        ...['--data-dir', join(directory, 'store')],
        ...[
          '--tftp-listen',
          `127.0.0.1:${port}`,
          '--http-listen',
          '127.0.0.1:0',
          '--admin-listen',
          '127.0.0.1:0',
        ],
      ]);
      other.close();
      expectClearFailure(
        finished,
        new RegExp(
          `cannot listen for TFTP on 127\\.0\\.0\\.1:${port}: .+ \\(process ${process.pid}\\) uses this port \\(EADDRINUSE\\)`,
        ),
        /stop .+, or set tftp\.listen to another port/,
      );
    });

    it('says that pxeboot is already running', async () => {
      await using first = await RunningDaemon.start(['--data-dir', join(directory, 'first')]);
      const finished = await runPxeboot([
        'serve',
        ...['--data-dir', join(directory, 'store'), '--tftp-listen', '127.0.0.1:0'],
        ...['--http-listen', `127.0.0.1:${first.port('http')}`],
        ...['--admin-listen', '127.0.0.1:0'],
      ]);
      expectClearFailure(
        finished,
        /cannot listen for boot HTTP on \S+: pxeboot \(process \d+\) uses this port/,
        /already running: use that one, or stop it first \(kill \d+\)/,
      );
    });

    it('refuses a Node.js that it does not support', async () => {
      const old = 'Object.defineProperty(process.versions, "node", { value: "18.20.8" })';
      const finished = await runPxeboot(['config', 'check'], {
        env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(old)}` },
      });
      expectClearFailure(
        finished,
        /this needs Node\.js \^20[\d. |>=]+, but runs on 18\.20\.8/,
        /install a version in this range/,
      );
    });

    it.skipIf(lacks('setpriv'))('explains how to get permission for port 69', async () => {
      const finished = await runPxeboot(
        [
          'serve',
          ...['--data-dir', join(directory, 'store')],
          ...[
            '--tftp-listen',
            '127.0.0.1',
            '--http-listen',
            '127.0.0.1:0',
            '--admin-listen',
            '127.0.0.1:0',
          ],
        ],
        { prefix: ['setpriv', '--bounding-set=-net_bind_service'] },
      );
      expectClearFailure(
        finished,
        /cannot listen for TFTP on 127\.0\.0\.1:69: permission denied \(EACCES\)/,
        /root or CAP_NET_BIND_SERVICE/,
      );
    });

    it('shows the same help with its help command', async () => {
      for (const command of [['serve'], ['menu', 'check']]) {
        const { code, stdout } = await runPxeboot(['help', ...command]);
        expect(code).toBe(0);
        expect(stdout).toBe((await runPxeboot([...command, '--help'])).stdout);
        expect(stdout).toMatch(/--loader|--data-dir/);
      }
    });

    it('shows in help what a command uses, and where the rest is explained', async () => {
      const flagsOf = async (...command: string[]): Promise<readonly string[]> => {
        const { stdout } = await runPxeboot([...command, '--help']);
        expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
        if (command[0] !== 'serve') {
          expect(stdout).toContain('see "pxeboot serve --help"');
        }
        return [...stdout.matchAll(/^ {2}(?:-h, )?(--[\w-]+)/gm)].map(([, flag = '']) => flag);
      };
      const common = ['--help', '--config', '--data-dir'];
      expect(await flagsOf('images', 'list')).toEqual(['--json', ...common]);
      expect(await flagsOf('boots')).toEqual([
        ...['--follow', '--json', '--limit', ...common, '--state', '--state-url'],
      ]);
      expect(await flagsOf('config', 'check')).toEqual(['--config', '--help']);
      const serve = await flagsOf('serve');
      expect(serve).toEqual(expect.arrayContaining(plainKeys().map(({ flag }) => flag)));
      const { stdout } = await runPxeboot(['serve', '--help']);
      expect(stdout).toMatch(/\nBoot menu:\n {2}--menu-title <text> /);
      expect(stdout).toMatch(/--menu-timeout <duration> [^-]*\(default: 30\)/);
      // Settings that help leaves out are accepted.
      const { code } = await runPxeboot([
        ...[
          'images',
          'list',
          '--data-dir',
          join(directory, 'no-store'),
          '--tftp-listen',
          'nowhere',
        ],
      ]);
      expect(code).toBe(3);
    });

    it('refers to the help of the current command after a wrong word', async () => {
      const flag = await runPxeboot(['images', 'list', '--jsn']);
      expect(flag.stderr).toBe(
        'pxeboot: unknown option \'--jsn\'; did you mean --json?\n  see "pxeboot images list --help"\n',
      );
      const command = await runPxeboot(['images', 'lsit']);
      expect(command.stderr).toBe(
        'pxeboot: unknown command \'lsit\'; did you mean list?\n  see "pxeboot images --help"\n',
      );
      expect([flag.code, command.code]).toEqual([2, 2]);
    });

    it.each<[string[], number, RegExp]>([
      [['help', 'lsit'], 2, /^pxeboot: unknown command 'lsit'$/m],
      [
        ['dhcp', 'lsit'],
        2,
        /^pxeboot: value 'lsit' is invalid for argument 'server'; choose one of /,
      ],
      [['images', 'prune', '--keep', 'x'], 2, /'x' is invalid: expected a number from 0 to 9999$/m],
      [
        ['serve', 'now'],
        2,
        /^pxeboot: too many arguments for 'serve': expected 0 arguments, got 1$/m,
      ],
      [
        ['config', 'check', '--config', 'none'],
        3,
        /none: this file does not exist \(ENOENT\); there is no \/.*none; correct --config,/,
      ],
      [['config', 'check', '--config', '/'], 3, /\/: this is a directory, not a file \(EISDIR\)/],
      [['hosts', 'list', '--data-dir', '/none'], 4, /^pxeboot: no daemon is running for \/none\n/],
    ])('says what is wrong with %j', async (args, code, message) => {
      const finished = await runPxeboot(args);
      expectClearFailure(finished, message);
      expect(finished.code).toBe(code);
    });

    it('lists the DHCP servers without an argument', async () => {
      const { stdout, code } = await runPxeboot(['dhcp']);
      expect(stdout).toMatch(/^ {2}openwrt +OpenWrt$/m);
      expect(stdout).toMatch(/^ {2}adguard +AdGuard Home$/m);
      expect(code).toBe(0);
    });

    it('reports an invalid key with its position', async () => {
      const file = join(directory, 'bad.yaml');
      await writeFile(file, 'tftp:\n  singelPort: true\n');
      expectClearFailure(
        await runPxeboot(['serve', '--config', file]),
        /bad\.yaml:2: tftp\.singelPort: unknown key; did you mean singlePort\?/,
      );
    });

    it('suggests suites for an unknown one, and architectures for a removed one', async () => {
      expectClearFailure(
        await runPxeboot(['sync', '--images', 'bookwrm']),
        /--images: images\[0\]: unknown suite "bookwrm"; did you mean bookworm\?/,
      );
      expectClearFailure(
        await runPxeboot(['sync', '--images', 'trixie:i386']),
        /trixie.* has no i386 installer.*choose amd64 or arm64/,
      );
    });

    it('reports the error of apt', async () => {
      const config = join(directory, 'apt.conf');
      await writeFile(
        config,
        'Acquire::http::Proxy "http://127.0.0.1:1";\nAcquire::https::Proxy "http://127.0.0.1:1";\nAcquire::Retries "0";\n',
      );
      const finished = await runPxeboot(
        [
          'sync',
          '--source-kind',
          'apt',
          '--images',
          'trixie:amd64:text',
          '--data-dir',
          join(directory, 'apt-store'),
        ],
        { env: { APT_CONFIG: config } },
      );
      expectClearFailure(finished, /apt/, /127\.0\.0\.1/);
    });

    it('reports that the data directory cannot be created', async () => {
      const file = join(directory, 'a-file');
      await writeFile(file, '');
      expectClearFailure(await runPxeboot(['sync', '--data-dir', join(file, 'store')]), /a-file/);
    });
  });

  describe('pxeboot', () => {
    it('prints the configuration with its origins, and its schema', async () => {
      const printed = await runPxeboot(['config', 'print', '--menu-timeout', '5'], {
        cwd: directory,
      });
      expect(printed.stdout).toMatch(/menu\.timeout = 5 +# --menu-timeout/);
      const json = await runPxeboot(['config', 'print', '--json', '--menu-timeout', '5'], {
        cwd: directory,
        env: { PXEBOOT_ADMIN_TOKEN: 'a-secret-of-some-length' },
      });
      const { keys } = JSON.parse(json.stdout) as { keys: { key: string }[] };
      expect(keys).toContainEqual({ key: 'menu.timeout', value: 5, source: '--menu-timeout' });
      expect(keys).toContainEqual({ key: 'refresh.interval', value: '6h', source: 'default' });
      expect(keys).toContainEqual({ key: 'tftp.listen', value: ['auto:69'], source: 'default' });
      expect(keys).toContainEqual({
        key: 'admin.token',
        source: 'PXEBOOT_ADMIN_TOKEN',
        hidden: true,
      });
      const schema = await runPxeboot(['config', 'schema']);
      expect(JSON.parse(schema.stdout)).toMatchObject({
        type: 'object',
        properties: { dataDir: { default: '/var/lib/pxeboot' } },
      });
    });

    it('lists an empty store', async () => {
      const store = join(directory, 'empty');
      await using daemon = await RunningDaemon.start(
        ['--data-dir', store, '--source-kind', 'apt'],
        {
          env: { PATH: directory },
        },
      );
      await daemon.logged('images.sync-failed');
      const { stdout, code } = await runPxeboot(['images', 'list', '--data-dir', store]);
      expect(stdout).toMatch(/no images yet/);
      expect(code).toBe(0);
    });

    it('is alive but not ready while the store is empty, and stops on SIGTERM', async () => {
      await using daemon = await RunningDaemon.start(['--data-dir', join(directory, 'none')], {
        env: { PATH: directory },
      });
      const admin = `http://127.0.0.1:${daemon.port('admin')}`;
      expect((await fetch(`${admin}/livez`)).status).toBe(200);
      const ready = await fetch(`${admin}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({
        checks: [
          { name: 'sockets', ok: true },
          { name: 'images', ok: false },
        ],
      });
      const health = await runPxeboot([
        'health',
        '--admin-listen',
        `127.0.0.1:${daemon.port('admin')}`,
      ]);
      expectClearFailure(
        health,
        /^pxeboot: not ready: images \(the store has no complete generation yet: (there are no images yet|the images (are still being|could not be) fetched).*\)$/m,
      );
      const asJson = await runPxeboot([
        ...['health', '--json', '--admin-listen', `127.0.0.1:${daemon.port('admin')}`],
      ]);
      expect(JSON.parse(asJson.stdout)).toMatchObject({ status: 'not ready' });
      expect(asJson.stderr).toMatch(/^pxeboot: not ready: images \(/);
      expect(asJson.code).toBe(1);
      const failed = await daemon.logged('images.sync-failed');
      expect(failed['msg']).toMatch(/apt/);
      daemon.signal('SIGTERM');
      expect(await daemon.ended()).toBe(0);
    });

    it.skipIf(lacks('perl'))('listens for * on a host without IPv6', async () => {
      const everywhere = ['--http-listen', '*:0', '--admin-listen', '*:0'];
      await using daemon = await RunningDaemon.start(
        [
          '--data-dir',
          join(directory, 'ipv4'),
          ...everywhere,
          '--admin-token',
          'sixteen-characters',
        ],
        { prefix: ['perl', WITHOUT_IPV6] },
      );
      for (const plane of ['http', 'admin'] as const) {
        const answer = await fetch(`http://127.0.0.1:${daemon.port(plane)}/livez`);
        expect(answer.status).toBe(plane === 'admin' ? 200 : 503);
      }
      expect((await daemon.logged('serve.ready'))['admin']).toEqual([
        `0.0.0.0:${daemon.port('admin')}`,
      ]);
    });

    it('never prints the password of a mirror', async () => {
      const url = 'http://user:hunter2@127.0.0.1:1/debian';
      const mirror = ['--source-kind', 'mirror', '--source-url', url];
      const printed = await runPxeboot(['config', 'print', ...mirror], { cwd: directory });
      expect(printed.stdout).toContain('http://***@127.0.0.1:1/debian');
      const synced = await runPxeboot([
        'sync',
        ...mirror,
        '--data-dir',
        join(directory, 'mirrored'),
      ]);
      expectClearFailure(synced, /127\.0\.0\.1:1/);
      await using daemon = await RunningDaemon.start([
        ...['--data-dir', join(directory, 'mirrored'), '--log-level', 'trace'],
        ...mirror,
      ]);
      const failed = await daemon.logged('images.sync-failed');
      expect(failed['msg']).toMatch(/127\.0\.0\.1:1/);
      const said = [printed, synced, daemon.log].map((text) => JSON.stringify(text)).join();
      expect(said).not.toContain('hunter2');
    });

    it('says in health that the daemon is ready, in a sentence or as JSON', async () => {
      await using daemon = await RunningDaemon.start(['--data-dir', TEST_STORE]);
      const admin = ['--admin-listen', `127.0.0.1:${daemon.port('admin')}`];
      const { stdout } = await runPxeboot(['health', ...admin]);
      expect(stdout).toMatch(/^ready: sockets; images \(\d{8}T\d+Z-[\da-f]+\)\n$/);
      const asJson = await runPxeboot(['health', '--json', ...admin]);
      expect(JSON.parse(asJson.stdout)).toMatchObject({ status: 'ok' });
    });

    it('reports in health that another program answers', async () => {
      await using daemon = await RunningDaemon.start(['--data-dir', TEST_STORE]);
      expectClearFailure(
        await runPxeboot(['health', '--admin-listen', `127.0.0.1:${daemon.port('http')}`]),
        /readyz \(status 404\), which is not from pxeboot\n {2}check admin\.listen/,
      );
    });

    it('reports in health that no daemon is running', async () => {
      expectClearFailure(
        await runPxeboot(['health', '--admin-listen', '127.0.0.1:1']),
        /no answer from http:\/\/127\.0\.0\.1:1\/readyz\n {2}check that "pxeboot serve" is running/,
      );
    });
  });

  describe.skipIf(lacks('unshare', 'mount') || process.getuid?.() !== 0)(
    'pxeboot sync on a full disk',
    () => {
      it('reports that no space is left, with a hint', async () => {
        const mount = await mkdtemp(join(directory, 'small-'));
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'pxeboot-test', mount]);
        try {
          const finished = await runPxeboot([
            'sync',
            ...aptFlags(),
            ...['--images', 'trixie:amd64:text', '--data-dir', join(mount, 'store')],
          ]);
          expectClearFailure(finished, /no space left/i, /free some space|larger file system/);
        } finally {
          execFileSync('umount', [mount]);
        }
      });
    },
  );

  describe('a reader that closes the pipe early', () => {
    it('ends a command silently', async () => {
      const child = startPxeboot(['config', 'schema']);
      child.stdout?.destroy();
      let stderr = '';
      child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      expect(await once(child, 'close')).toEqual([141, null]);
      expect(stderr).toBe('');
    });
  });
});
