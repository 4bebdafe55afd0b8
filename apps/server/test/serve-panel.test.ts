import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import {
  addMadeUpSuite,
  createSigningKey,
  type MirrorTree,
  type RunningMirror,
  serveMirror,
} from '@pxe/local-mirror';
import { lacks } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';
import { PXEBOOT, runPxeboot } from './support/pxeboot-command.js';
import { TftpPort } from './support/raw-tftp.js';
import { TerminalSession, type TerminalSize } from './support/terminal-session.js';

/** Size of the test initrd, in bytes; fetching it at the slow speed below takes ten seconds. */
const INITRD = 30_000_000;
const SLOW = { path: /initrd/, fault: { kind: 'slow', bytesPerSecond: 3_000_000 } } as const;

const WIDE = { columns: 100, rows: 30 };

let directory: string;
let mirror: RunningMirror;
let keyring: string;

describe('first start', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    const key = await createSigningKey();
    const tree: MirrorTree = new Map();
    await addMadeUpSuite(tree, { codename: 'trixie', initrdLength: INITRD }, key);
    mirror = await serveMirror(tree);
    const shared = await mkdtemp(join(tmpdir(), 'pxeboot-panel-key-'));
    keyring = join(shared, 'keyring.asc');
    await writeFile(keyring, key.publicKey);
  });

  afterAll(() => mirror.close());

  beforeEach(async () => {
    mirror.faults = [SLOW];
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-panel-'));
    return () => rm(directory, { recursive: true, force: true });
  });

  function flags(): readonly string[] {
    return [
      ...['--data-dir', join(directory, 'store'), '--images', 'trixie:amd64:text'],
      ...['--source-kind', 'mirror', '--source-url', mirror.url, '--source-keyring', keyring],
      ...['--drain-lame-duck', '0s'],
    ];
  }

  it('shows how far the images have been fetched, in every interface', async () => {
    // Progress lines appear every ten seconds.
    mirror.faults = [{ ...SLOW, fault: { ...SLOW.fault, bytesPerSecond: 500_000 } }];
    await using daemon = await RunningDaemon.start(flags());
    const line = await daemon.logged('images.fetching');
    expect(line).toMatchObject({ level: 'info', bytes: expect.any(Number) as number });
    const percent = /still being fetched, \d+%/;

    await using port = await TftpPort.open(daemon.port('tftp'));
    port.ask('lpxelinux.0');
    const refused = await port.next();
    expect(refused).toMatchObject({ type: 'error', code: 1 });
    expect(refused.type === 'error' && refused.message).toMatch(percent);

    const answer = await fetch(`http://127.0.0.1:${daemon.port('http')}/bootnetx64.efi`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('10');
    expect(await answer.text()).toMatch(percent);
    const optional = await fetch(`http://127.0.0.1:${daemon.port('http')}/revocations.efi`);
    expect(optional.status).toBe(404);

    const ready = await fetch(`http://127.0.0.1:${daemon.port('admin')}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toMatch(percent);

    const data = ['--data-dir', join(directory, 'store')];
    expect((await runPxeboot(['dhcp', 'dnsmasq', ...data])).stderr).toMatch(percent);
    expect((await runPxeboot(['boots', ...data])).stdout).toMatch(
      /images were still being fetched/,
    );
  });

  it('serves a page at / of boot HTTP, and does not count that as a boot', async () => {
    await using daemon = await RunningDaemon.start(flags());
    const url = `http://127.0.0.1:${daemon.port('http')}/`;
    const waiting = await fetch(url);
    expect(waiting.status).toBe(200);
    expect(waiting.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(waiting.headers.get('content-security-policy')).toMatch(/^default-src 'none'; /);
    const text = await waiting.text();
    expect(text).toMatch(/Not ready: the images are still being fetched, \d+%\./);
    expect(text).toContain('next-server 127.0.0.1;');

    const head = await fetch(`${url}?anything`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(500);
    expect(await head.text()).toBe('');
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);

    mirror.faults = [];
    await daemon.logged('images.ready');
    await expect
      .poll(async () => (await fetch(url)).text())
      .toContain('<li>Debian trixie, amd64, text</li>');
    const { stdout } = await runPxeboot(['boots', '--data-dir', join(directory, 'store')]);
    expect(stdout.trim()).toBe('no boots yet');
  });

  describe.skipIf(lacks('script', 'stty'))('pxeboot serve on a terminal', () => {
    const listen = ['tftp', 'http', 'admin'].flatMap((plane) => [
      `--${plane}-listen`,
      '127.0.0.1:0',
    ]);

    function serve(
      size: TerminalSize,
      env: Readonly<Record<string, string>>,
      more: readonly string[] = [],
    ): TerminalSession {
      const command = [process.execPath, PXEBOOT, 'serve', ...listen, ...flags(), ...more];
      return new TerminalSession(command.join(' '), directory, size, env);
    }

    it('draws the fetch, the images and each boot in place, and leaves a clean terminal', async () => {
      await using session = serve(WIDE, { LANG: 'C.UTF-8' });
      const fetching = await session.shows(/█░.*trixie amd64 text/);
      expect(fetching.join('\n')).toMatch(/fetching, \d+%: machines can boot when/);
      expect(fetching.join('\n')).toMatch(/next-server 127\.0\.0\.1;\n +filename "lpxelinux\.0";/);
      expect(fetching.at(-1)).toMatch(/^boots {3}Waiting for the first machine/);

      mirror.faults = [];
      await session.shows(/^ready {3}trixie amd64 \(text\)$/m);
      const http = /HTTP (\S+)/.exec(fetching.join('\n'))?.[1];
      const menu = await fetch(`${http ?? ''}menu.ipxe`);
      expect(menu.status).toBe(200);
      const booting = await session.shows(/127\.0\.0\.1 +iPXE +menu +\d+ s/);
      expect(booting.filter((line) => line.startsWith('pxeboot TFTP'))).toHaveLength(1);
      expect(booting.join('\n')).not.toMatch(/█|Waiting/);

      session.type('\u0003');
      expect(await session.end()).toBe(0);
      const left = await session.lines();
      expect(left.at(-1)).toMatch(/^stopping/);
      expect(left.filter((line) => line.startsWith('pxeboot TFTP'))).toHaveLength(1);
      expect(session.cursor).toEqual({ column: 0, row: left.length });
      // Terminal modes (hidden cursor, no wrapping, alternate screen) would outlive a killed process.
      // eslint-disable-next-line no-control-regex -- escape sequences begin with it
      expect(session.output).not.toMatch(/\u001B\[\?(?:25|7|1049)[hl]/);
    });

    it('shows once why a fetch failed', async () => {
      mirror.faults = [{ path: /InRelease/, fault: { kind: 'status', status: 404 } }];
      await using session = serve(WIDE, { LANG: 'C.UTF-8', NO_COLOR: '1' });
      const failed = await session.shows(/InRelease: status 404.*trying again in \d+ s$/ms);
      expect(failed.filter((line) => line.includes('InRelease: status 404'))).toEqual([
        expect.stringMatching(/^images {2}/),
      ]);
      expect(failed.join('\n')).not.toContain('ERROR');
    });

    it('counts the time for which a mirror sends nothing', async () => {
      mirror.faults = [{ path: /InRelease/, fault: { kind: 'stall', afterBytes: 100 } }];
      await using session = serve(WIDE, { LANG: 'C.UTF-8', NO_COLOR: '1' });
      const quiet = /\((\d{1,3}) s without progress\)/;
      const secondsOf = (lines: readonly string[]): number =>
        Number(quiet.exec(lines.join('\n'))?.[1]);
      const first = secondsOf(await session.shows(quiet));
      await expect.poll(async () => secondsOf(await session.lines())).toBeGreaterThan(first);
    });

    it('says when another daemon owns the data directory', async () => {
      mirror.faults = [];
      await using daemon = await RunningDaemon.start(flags());
      await daemon.logged('images.ready');
      await using session = serve(WIDE, { LANG: 'C.UTF-8', NO_COLOR: '1' });
      const lines = await session.shows(/^history boots are kept only in memory/m);
      expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain(
        `does not show them: another daemon holds ${join(directory, 'store', 'state.lock')}; stop the other daemon, or give this one its own dataDir`,
      );
      daemon.signal('SIGTERM');
      await daemon.ended();
      await expect.poll(async () => (await session.lines()).join('\n')).not.toMatch(/^history/m);
    });

    it('keeps log lines above the status, and draws it again after a resize', async () => {
      // No database listens on port 1.
      const state = ['--state-url', 'postgres://pxeboot@127.0.0.1:1/pxeboot'];
      await using session = serve(WIDE, { LANG: 'C.UTF-8', NO_COLOR: '1' }, state);
      const warned = await session.shows(/WARN: .*127\.0\.0\.1:1.*\nimages /s);
      const text = warned.join('\n');
      expect(text.indexOf('WARN')).toBeLessThan(text.indexOf('pxeboot TFTP'));

      for (const size of [
        { columns: 50, rows: 14 },
        { columns: 130, rows: 40 },
      ]) {
        session.resize(size);
        await session.shows(/^images/m);
        await expect
          .poll(async () => {
            const lines = await session.lines();
            return lines.filter((line) => /^(?:images|boots) /.test(line)).length;
          })
          .toBe(2);
      }
      expect((await session.lines()).join('\n')).toMatch(/WARN: .*127\.0\.0\.1:1/);
      // eslint-disable-next-line no-control-regex -- colours are what it looks for
      expect(session.output).not.toMatch(/\u001B\[[\d;]+m/);
    });

    it('draws with ASCII in a locale without UTF-8', async () => {
      await using session = serve({ columns: 60, rows: 20 }, { LC_ALL: 'C', LANG: 'C.UTF-8' });
      await session.shows(/#-* .*trixie amd64 text/);
      // eslint-disable-next-line no-control-regex -- ASCII begins at 0
      expect(session.output).toMatch(/^[\u0000-\u007F]*$/);
    });

    it.each([
      ['a dumb terminal', { TERM: 'dumb' }, [], /INFO: serving TFTP on/],
      ['a terminal, if JSON is configured', {}, ['--log-format', 'json'], /"event":"serve\.ready"/],
    ])('writes the plain log to %s', async (_what, env, more, line) => {
      await using session = serve(WIDE, env, more);
      await expect.poll(() => session.output).toMatch(line);
      expect(session.output).not.toContain('\u001B');
    });
  });
});
