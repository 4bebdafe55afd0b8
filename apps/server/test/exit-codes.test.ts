import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openStore } from '@pxe/debian-netboot';
import { lacks } from '@pxe/test-host';

import { EXIT_CODES } from '../src/cli/exit-codes.js';
import { runPxeboot, startPxeboot } from './support/pxeboot-command.js';

let directory: string;
let store: string;

async function codeOf(...args: string[]): Promise<number | null> {
  return (await runPxeboot(args)).code;
}

describe('the exit code', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-exit-'));
    store = join(directory, 'store');
    await openStore(store);
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('is documented', async () => {
    const text = await readFile(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
    const rows = text.matchAll(/^\| +(\d+) +\| ([^|]+)\|$/gm);
    const documented = [...rows].map(([, code, meaning]) => ({
      code: Number(code),
      meaning: meaning?.trim(),
    }));
    expect(documented).toEqual(Object.values(EXIT_CODES));
  });

  it.each([
    ['an unknown command', ['frobnicate'], 2],
    ['an unknown option', ['sync', '--frobnicate'], 2],
    ['a missing argument', ['images', 'export'], 2],
    ['a wrong choice', ['dhcp', 'dhcpd9'], 2],
    ['a wrong number', ['boots', '--limit', 'x'], 2],
    ['a missing subcommand', ['images'], 2],
    ['an unknown suite', ['images', 'forget', 'stable', '--yes'], 2],
    ['help', ['images', '--help'], 0],
    ['the version', ['--version'], 0],
    ['an invalid setting', ['config', 'check', '--menu-timeout', 'soon'], 3],
    ['a missing file', ['menu', 'check', '/nowhere/at/all'], 4],
    ['a missing daemon', ['health', '--admin-listen', '127.0.0.1:1'], 4],
  ])('is as documented for %s', async (_what, args, code) => {
    expect(await codeOf(...args)).toBe(code);
  });

  it.skipIf(lacks('prlimit')).each([20, 24, 32, 48, 64])(
    'is 1 with %d descriptors, and the message says what to raise',
    async (count) => {
      const prefix = ['prlimit', `--nofile=${count}`];
      const { code, stderr } = await runPxeboot(['serve', '--data-dir', store], { prefix });
      expect(stderr).toMatch(/^pxeboot: too few file descriptors: .*\n.*"ulimit -n 1024".*\n$/);
      expect(code).toBe(1);
    },
  );

  it('is 4 for an export of an empty store', async () => {
    expect(await codeOf('images', 'export', join(directory, 'x.tar'), '--data-dir', store)).toBe(4);
  });

  it.each([
    ['images verify --data-dir EMPTY', 'the store has no images yet'],
    ['images verify --data-dir FOREIGN', 'FOREIGN is not an image store: it contains "notes"'],
    ['images list --data-dir FOREIGN', 'FOREIGN is not an image store: it contains "notes"'],
    ['images list --data-dir NONE', 'there is no store at NONE'],
    ['images import NONE --data-dir STORE', 'cannot use NONE: it does not exist (ENOENT)'],
    ['menu check NONE', 'cannot read NONE: this file does not exist (ENOENT)'],
    ['menu check EMPTY', 'cannot read EMPTY: this is a directory, not a file (EISDIR)'],
    ['menu convert NONE --to grub', 'cannot read NONE: this file does not exist (ENOENT)'],
    [
      'preseed check FOREIGN/notes/x',
      'cannot read FOREIGN/notes/x: a part of this path is not a directory (ENOTDIR)',
    ],
    ['dhcp dnsmasq --data-dir EMPTY', 'the store has no images yet'],
  ])('is 4 for "%s", whose message names what is missing', async (line, message) => {
    const [empty, foreign] = [join(directory, 'empty'), join(directory, 'foreign')];
    await mkdir(empty, { recursive: true });
    await mkdir(foreign, { recursive: true });
    await writeFile(join(foreign, 'notes'), 'x');
    const withPaths = (text: string): string =>
      text
        .replaceAll('EMPTY', empty)
        .replaceAll('FOREIGN', foreign)
        .replaceAll('NONE', join(directory, 'none'))
        .replaceAll('STORE', store);
    const { code, stderr } = await runPxeboot(line.split(' ').map(withPaths));
    expect(stderr.split('\n')).toContain(`pxeboot: ${withPaths(message)}`);
    expect(code).toBe(4);
  });

  it('is 5 for an unreachable mirror', async () => {
    const source = ['--source-kind', 'mirror', '--source-url', 'http://127.0.0.1:1/debian'];
    expect(await codeOf('sync', '--data-dir', store, ...source)).toBe(5);
  });

  it('is 6 for a file that is not a bundle', async () => {
    const file = join(directory, 'notes.tar');
    await writeFile(file, 'x'.repeat(2048));
    expect(await codeOf('images', 'import', file, '--data-dir', store)).toBe(6);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('of a command names the signal that stopped it: %s', async (signal, code) => {
    const mirror = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(mirror, 'listening');
    const { port } = mirror.address() as AddressInfo;
    try {
      const child = startPxeboot([
        ...['sync', '--data-dir', store, '--source-kind', 'mirror'],
        ...['--source-url', `http://127.0.0.1:${port}/debian`],
      ]);
      await once(mirror, 'request');
      child.kill(signal);
      expect(await once(child, 'close')).toEqual([code, null]);
    } finally {
      mirror.closeAllConnections();
      mirror.close();
    }
  });

  it('is 7 for a store that another process writes to', async () => {
    const mirror = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(mirror, 'listening');
    const { port } = mirror.address() as AddressInfo;
    const args = [
      ...['sync', '--data-dir', store, '--source-kind', 'mirror'],
      ...['--source-url', `http://127.0.0.1:${port}/debian`],
    ];
    const first = startPxeboot(args);
    try {
      await once(mirror, 'request');
      expect(await codeOf(...args)).toBe(7);
    } finally {
      first.kill('SIGKILL');
      mirror.closeAllConnections();
      mirror.close();
    }
  });
});
