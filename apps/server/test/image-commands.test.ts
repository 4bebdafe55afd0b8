import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  addMadeUpSuite,
  biosKernel,
  createSigningKey,
  type MirrorTree,
  type RunningMirror,
  serveMirror,
} from '@pxe/local-mirror';
import { lacks } from '@pxe/test-host';

import { fileAt } from './support/boot-traffic.js';
import { RunningDaemon } from './support/daemon.js';
import { ONLY_PROGRESS } from './support/only-progress.js';
import { PXEBOOT, runPxeboot } from './support/pxeboot-command.js';
import { TerminalSession } from './support/terminal-session.js';

const runFile = promisify(execFile);

/** Size of the test initrd, in bytes. */
const INITRD = 4_000_000;

let directory: string;
let mirror: RunningMirror;
let flags: readonly string[];

describe('image commands', () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-commands-'));
    const key = await createSigningKey();
    const tree: MirrorTree = new Map();
    await addMadeUpSuite(tree, { codename: 'trixie', initrdLength: INITRD }, key);
    mirror = await serveMirror(tree);
    const keyring = join(directory, 'keyring.asc');
    await writeFile(keyring, key.publicKey);
    flags = [
      ...['--data-dir', join(directory, 'store'), '--images', 'trixie:amd64:text'],
      ...['--source-kind', 'mirror', '--source-url', mirror.url, '--source-keyring', keyring],
    ];
  });

  afterEach(async () => {
    await mirror.close();
    await rm(directory, { recursive: true });
  });

  interface Listed {
    readonly checkedAt?: string;
    readonly checkOutcome?: string;
    readonly nextCheckAt?: string;
  }

  async function listed(settings: readonly string[]): Promise<Listed> {
    const { stdout } = await runPxeboot(['images', 'list', '--json', ...settings]);
    return JSON.parse(stdout) as Listed;
  }

  describe('pxeboot images', { timeout: 120_000 }, () => {
    it('lists sizes, ages, proofs and the source, for people and for programs', async () => {
      expect(await runPxeboot(['sync', ...flags])).toMatchObject({
        code: 0,
        stderr: ONLY_PROGRESS,
      });
      const { stdout } = await runPxeboot(['images', 'list', ...flags]);
      expect(stdout).toMatch(/^\* \S+ {2}(?:new|\d+ \w+ old), [\d.]+ MB$/m);
      expect(stdout).toMatch(/trixie amd64 text: .*MB.*SHA256SUMS.*InRelease of \d{4}-/);
      expect(stdout).toContain(`source: mirror ${mirror.url}`);
      expect(stdout).toMatch(/^next check: .*every 6 hours/m);
      const listed = await runPxeboot(['images', 'list', '--json', ...flags]);
      expect(JSON.parse(listed.stdout)).toMatchObject({
        source: `mirror ${mirror.url}`,
        generations: [
          { current: true, size: expect.any(Number) as number, images: [{ proof: 'list' }] },
        ],
      });
    });

    it('shows the last check, and the next one of the running daemon', async () => {
      const interval = 2 * 60 * 60 * 1000;
      const settings = [...flags, '--refresh-interval', '2h', '--refresh-jitter', '0s'];
      {
        await using daemon = await RunningDaemon.start(settings);
        await daemon.logged('images.generationCommitted');
        await expect.poll(async () => (await listed(settings)).checkOutcome).toBe('complete');
      }
      const { checkedAt, nextCheckAt } = await listed(settings);
      expect(Date.parse(nextCheckAt!) - Date.parse(checkedAt!)).toBe(interval);
      const { stdout } = await runPxeboot(['images', 'list', ...settings]);
      expect(stdout).toContain(`last check: ${checkedAt!}`);
      expect(stdout).toContain(`next check: ${nextCheckAt!} (in `);

      // A daemon started later continues from these times, even without a new generation.
      {
        await using daemon = await RunningDaemon.start(settings);
        await daemon.logged('images.ready');
      }
      const later = await listed(settings);
      expect(later.checkedAt).toBe(checkedAt);
      expect(Math.abs(Date.parse(later.nextCheckAt!) - Date.parse(nextCheckAt!))).toBeLessThan(
        60_000,
      );
    });

    it('verifies and prunes with JSON for programs', async () => {
      await runPxeboot(['sync', ...flags]);
      const verified = await runPxeboot(['images', 'verify', '--json', ...flags]);
      expect(verified.code).toBe(0);
      expect(JSON.parse(verified.stdout)).toMatchObject([{ problems: [], unsigned: [] }]);
      const pruned = await runPxeboot(['images', 'prune', '--json', ...flags]);
      expect(JSON.parse(pruned.stdout)).toMatchObject({ generations: [], kept: [{}] });
    });

    it('fetches, lists, verifies, checks and serves extra entries', async () => {
      const kernel = biosKernel('own');
      const path = join(directory, 'kernel');
      await writeFile(path, kernel);
      const config = join(directory, 'pxeboot.yaml');
      const entry = (id: string, file: string): string =>
        `    - {id: ${id}, title: Entry ${id}, kernel: ${file}, args: quiet}\n`;
      const absent = join(directory, 'absent');
      const entries = `menu:\n  entries:\n${entry('own', path)}`;
      await writeFile(config, entries + entry('gone', absent));
      const settings = ['--config', config, ...flags];
      const synced = await runPxeboot(['sync', ...settings]);
      expect(synced.stdout).toContain('entry gone: missing');
      expect(synced.stderr).toContain(`entries not refreshed: gone: ${absent} does not exist`);
      expect(synced.code).not.toBe(0);
      await writeFile(config, `${entries}  default: own\n`);
      const { stdout: list } = await runPxeboot(['images', 'list', ...settings]);
      expect(list).toContain('    entry own: 5 kB, bios-kernel\n');
      const { stdout: verified } = await runPxeboot(['images', 'verify', ...settings]);
      expect(verified).toContain('    entry own: only the store vouches for it');
      const { stdout: checked } = await runPxeboot(['menu', 'check', ...settings]);
      expect(checked).toContain(
        'own:\n  PXELINUX: shown\n  iPXE (BIOS): shown\n  GRUB (UEFI, amd64): left out: its file is for another loader (bios-kernel)\n',
      );
      const { stdout: menu } = await runPxeboot(['menu', 'show', '--as', 'syslinux', ...settings]);
      const served = /LINUX http:\/\/[^/]+(\/entries\/own\/[\da-f]{16}\/kernel)\n/.exec(menu)?.[1];
      await using daemon = await RunningDaemon.start(settings);
      await daemon.logged('images.ready');
      expect(await fileAt(daemon, served ?? '')).toEqual(kernel);
    });

    it('forgets the state of a suite on request', async () => {
      await runPxeboot(['sync', ...flags]);
      const asked = await runPxeboot(['images', 'forget', 'trixie', ...flags]);
      expect(asked.code).toBe(1);
      expect(asked.stderr).toMatch(/nothing was forgotten\n.*--yes/);
      const forgotten = await runPxeboot(['images', 'forget', 'trixie', '--yes', ...flags]);
      expect(forgotten.stdout).toMatch(
        /^forgot the state of trixie dated \d{4}-.*accepts an older one/,
      );
      const unknown = await runPxeboot(['images', 'forget', 'stable', '--yes', ...flags]);
      expect(unknown.stderr).toMatch(/write "trixie"/);
    });

    it('names the file that is not a keyring', async () => {
      const keyring = join(directory, 'notes.kbx');
      await writeFile(keyring, 'KBXf');
      const { code, stderr } = await runPxeboot(['sync', ...flags, '--source-keyring', keyring]);
      expect(code).toBe(3);
      expect(stderr).toContain(
        `source.keyring: ${keyring}: the keyring does not contain a readable key`,
      );
    });

    it("trusts a keyring in addition to Debian's keys", async () => {
      const added = await runPxeboot(['sync', '--source-keyring-mode', 'add', ...flags]);
      expect(added).toMatchObject({ code: 0, stderr: ONLY_PROGRESS });
    });
  });

  describe.skipIf(lacks('script', 'stty'))('pxeboot images forget on a terminal', () => {
    it.each([
      ['Ctrl-D', '\u0004', 1, /nothing was forgotten/],
      ['Ctrl-C', '\u0003', 130, /pxeboot: stopped/],
      ['no', 'n\r', 1, /nothing was forgotten/],
      ['yes', 'y\r', 0, /nothing to forget: trixie was never fetched/],
    ])('takes %s as an answer', async (_name, keys, code, text) => {
      const command = [
        PXEBOOT,
        'images',
        'forget',
        'trixie',
        '--data-dir',
        join(directory, 'store'),
      ];
      await using session = new TerminalSession(
        [process.execPath, ...command].join(' '),
        directory,
        { columns: 120, rows: 10 },
        {},
      );
      await session.shows(/Continue\? \[y\/N\]/);
      session.type(keys);
      expect(await session.end()).toBe(code);
      expect((await session.lines()).join('\n')).toMatch(text);
    });
  });

  describe.skipIf(lacks('script'))('pxeboot sync on a terminal', { timeout: 120_000 }, () => {
    it('draws a bar with size and speed for each image, and keeps every line', async () => {
      mirror.faults = [{ path: /initrd/, fault: { kind: 'slow', bytesPerSecond: 3_000_000 } }];
      const command = [process.execPath, PXEBOOT, 'sync', ...flags].join(' ');
      const { stdout } = await runFile(
        'script',
        ['-qec', `stty cols 120; ${command}`, '/dev/null'],
        {
          env: { PATH: process.env['PATH'], TERM: 'xterm' },
        },
      );
      expect(stdout).toMatch(/of 4\.\d+ MB +[\d.]+ [kM]B\/s +\d+s left {2}trixie amd64 text/);
      expect(stdout).toMatch(/MB .* {2}total/);
      // A line is printed with the next update of the bars: none may be lost.
      expect(stdout).toMatch(/trixie 13\S*: signature verified/);
      expect(stdout).toMatch(/committed generation \S+/);
      expect(stdout.trimEnd()).toMatch(/is the new generation: 1 image$/);
    });

    it('keeps rows within a narrow terminal, and long lines whole', async () => {
      mirror.faults = [
        { path: /initrd/, fault: { kind: 'slow', bytesPerSecond: 3_000_000 } },
        { path: /pool\/.*pxelinux/, fault: { kind: 'status', status: 404 } },
      ];
      const command = [process.execPath, PXEBOOT, 'sync', ...flags].join(' ');
      const { stdout } = await runFile(
        'script',
        ['-qec', `stty cols 60; ${command}`, '/dev/null'],
        {
          env: { PATH: process.env['PATH'], TERM: 'xterm' },
        },
      );
      // A terminal that does not wrap lines cuts them off.
      expect(stdout).not.toContain('\u001B[?7l');
      expect(stdout).toMatch(/machines with UEFI can: \S+pxelinux_6\.04-1_all\.deb: status 404/);
      const rows = stdout
        .split('\u001B[0K')
        .map((text) => stripVTControlCharacters(text).split('\n').at(-1)!.trim())
        .filter((text) => text.includes('left  trixie'));
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) {
        expect(row).toMatch(/B\/s +\d+s left {2}trixie amd64 text$/);
        expect(row.length).toBeLessThan(60);
      }
    });
  });

  describe('pxeboot sync without a terminal', { timeout: 120_000 }, () => {
    it('prints plain lines', async () => {
      const { stdout } = await runPxeboot(['sync', ...flags]);
      expect(stdout).not.toContain('\u001B');
      expect(stdout).toMatch(/^committed generation/m);
    });
  });
});
