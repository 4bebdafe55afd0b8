/** `pxe-tftp` with common servers and clients. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { parseServerName } from '../../src/cli/server-name.js';
import { DEBIAN_SERVERS, unpackDebianServers } from '../support/debian-servers.js';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directories.js';
import { PrivateNetwork } from '../support/private-network.js';
import { type ProgramResult, runProgram } from '../support/programs.js';
import { RunningProgram } from '../support/running-program.js';
import { scriptedServer } from '../support/scripted-server.js';
import { patternBytes } from '../support/serving.js';

const PROGRAM = join(import.meta.dirname, '../../dist/cli/main.js');
const FILE = patternBytes(300_000);
const TIMEOUT_MS = 120_000;

let directory: TemporaryDirectory;
let served: string;
let local: string;

describe('command', () => {
  beforeAll(async () => {
    directory = await temporaryDirectory();
    served = join(directory.path, 'served');
    local = join(directory.path, 'local');
    await mkdir(served, { mode: 0o777 });
    await mkdir(local);
    await writeFile(join(served, 'initrd.gz'), FILE);
    await writeFile(join(local, 'upload'), FILE);
  });

  afterAll(async () => {
    await directory[Symbol.asyncDispose]();
  });

  function tftp(...args: readonly string[]): Promise<ProgramResult> {
    return runProgram(process.execPath, [PROGRAM, ...args], local);
  }

  /** Runs `pxe-tftp serve` on a free port until the end of the test. */
  async function serving(
    ...args: readonly string[]
  ): Promise<RunningProgram & { readonly port: string }> {
    const program = new RunningProgram(
      process.execPath,
      [PROGRAM, 'serve', served, '--listen', '127.0.0.1', '--port', '0', ...args],
      local,
    );
    const listening = (): string | undefined =>
      program.lines.map((line) => /^listening on .* port (\d+)$/.exec(line)?.[1]).find(Boolean);
    await program.until(() => listening() !== undefined);
    return Object.assign(program, { port: listening()! });
  }

  async function expectSame(path: string): Promise<void> {
    expect(Buffer.compare(await readFile(path), FILE), path).toBe(0);
  }

  describe('pxe-tftp', () => {
    it('copies a file to its own server and back, with a summary', async () => {
      await using server = await serving('--upload');
      const at = `127.0.0.1:${server.port}`;

      const put = await tftp('put', at, 'upload', 'copy');
      const get = await tftp('get', at, 'copy');

      expect([put.code, get.code]).toEqual([0, 0]);
      expect(put.stderr).toMatch(/^copy: 300,000 bytes in \d+\.\d\d s\n$/);
      expect(get.stderr).toMatch(/^copy: 300,000 bytes in \d+\.\d\d s\n$/);
      await expectSame(join(local, 'copy'));
      await server.until(() => server.lines.some((line) => line.includes('read started')));
      expect(server.lines).toContain('127.0.0.1 "copy": write started');
      expect(await server.terminate()).toBe(0);
    });

    it('writes to standard output and reads standard input', async () => {
      await using server = await serving('--upload');
      const at = `127.0.0.1:${server.port}`;

      const { stdout, stderr } = await runProgram('sh', [
        ...['-c', 'echo text | "$0" "$1" put "$2" - piped && "$0" "$1" get "$2" piped - --quiet'],
        ...[process.execPath, PROGRAM, at],
      ]);

      expect(stdout).toBe('text\n');
      expect(stderr).toMatch(/^piped: 5 bytes in/);
    });

    it('puts the whole of a file that reports a size of 0, as those in /proc do', async () => {
      await using server = await serving('--upload');

      const put = await tftp('put', `127.0.0.1:${server.port}`, '/proc/version', 'version');

      expect(put).toMatchObject({ code: 0 });
      expect(await readFile(join(served, 'version'))).toEqual(await readFile('/proc/version'));
    });

    it('names the server and the reason if a file is missing, and leaves nothing behind', async () => {
      await using server = await serving();

      const { code, stderr } = await tftp('get', `127.0.0.1:${server.port}`, 'none');

      expect(code).toBe(1);
      expect(stderr).toBe(
        `pxe-tftp: 127.0.0.1:${server.port} answered with error 1: File not found\n`,
      );
      expect((await readdir(local)).filter((name) => name.startsWith('none'))).toEqual([]);
    });

    it('keeps a file whose size differs from tsize, with a warning', async () => {
      await using server = await scriptedServer((packet) =>
        packet.type === 'rrq'
          ? [{ type: 'oack', options: [['tsize', '9']] }]
          : packet.type === 'ack' && packet.block === 0
            ? [{ type: 'data', block: 1, data: patternBytes(7) }]
            : [],
      );

      const { code, stderr } = await tftp('get', `127.0.0.1:${server.port}`, 'short', '--quiet');

      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: 'pxe-tftp: warning: short: expected 9 bytes (tsize), got 7; check the file\n',
      });
      expect(await readFile(join(local, 'short'))).toHaveLength(7);
    });

    it('rejects uploads without --upload, and replacements without --overwrite', async () => {
      await using readOnly = await serving();
      await using taking = await serving('--upload');

      expect(await tftp('put', `127.0.0.1:${readOnly.port}`, 'upload')).toMatchObject({ code: 1 });
      const again = await tftp('put', `127.0.0.1:${taking.port}`, 'upload', 'initrd.gz');

      expect(again.stderr).toContain('error 6: File already exists');
      await expectSame(join(served, 'initrd.gz'));
    });

    it.each([
      [['fetch', 'host', 'f'], 'unknown command "fetch"'],
      [['get', 'host'], 'get: expected a server and a file'],
      [['get', 'a:b:c', 'f'], 'a:b:c: expected HOST, HOST:PORT or [IPV6]:PORT'],
      [['get', '127.0.0.1', 'f', '--blksize', '7'], 'blksize must be an integer from 8 to 65464'],
      [['get', '127.0.0.1', 'f', '--upload'], 'get does not accept --upload'],
      [['serve'], 'serve: wrong number of arguments'],
      [['put', '127.0.0.1', 'f', '--fast'], "Unknown option '--fast'"],
    ])('refuses %j with a one-line message and the usage', async (args, line) => {
      const { code, stderr, stdout } = await tftp(...args);

      expect(code).toBe(2);
      expect(stderr).toContain(`pxe-tftp: ${line}`);
      expect(stderr).toContain('usage: pxe-tftp get');
      expect(stdout).toBe('');
    });

    it.each([
      [['serve', 'none'], /^pxe-tftp: cannot use the directory .*none: ENOENT/],
      [
        ['put', '127.0.0.1', 'none'],
        /^pxe-tftp: cannot use none: ENOENT: no such file or directory$/m,
      ],
      [['get', '127.0.0.1', 'dir/'], /^pxe-tftp: "dir\/" has no file name/],
    ])('fails on %j with a one-line message', async (args, line) => {
      const { code, stderr } = await tftp(...args);

      expect(code).toBe(1);
      expect(stderr).toMatch(line);
      expect(stderr.split('\n')).toHaveLength(2);
    });
  });

  describe.skipIf(lacks('script'))('pxe-tftp on a terminal', () => {
    it('shows its progress', async () => {
      await using server = await serving();
      const get = `${process.execPath} ${PROGRAM} get 127.0.0.1:${server.port} initrd.gz drawn`;

      const { stdout } = await runProgram('script', ['-qec', get, '/dev/null'], local);

      expect(stdout).toMatch(/initrd\.gz: [\d,]+ of 300,000 bytes \(\d+%\)/);
      await expectSame(join(local, 'drawn'));
    });
  });

  describe('parseServerName', () => {
    it.each([
      ['boot', { host: 'boot' }],
      ['boot.example:6969', { host: 'boot.example', port: 6969 }],
      ['192.0.2.1:69', { host: '192.0.2.1', port: 69 }],
      ['2001:db8::1', { host: '2001:db8::1' }],
      ['[2001:db8::1]:6969', { host: '2001:db8::1', port: 6969 }],
      ['fe80::1%eth0', { host: 'fe80::1%eth0' }],
      ['boot:70000', undefined],
      ['boot/file', undefined],
      ['user@boot', undefined],
      ['', undefined],
    ])('reads %j', (text, name) => {
      expect(parseServerName(text)).toEqual(name);
    });
  });

  describe.skipIf(lacks('curl', 'tftp', 'atftp', 'busybox'))('pxe-tftp serve', () => {
    it.each([
      [
        'curl',
        (port: string) => ['curl', '-s', '-o', 'curl', `tftp://127.0.0.1:${port}/initrd.gz`],
      ],
      [
        'atftp',
        (port: string) => ['atftp', '-g', '-r', 'initrd.gz', '-l', 'atftp', '127.0.0.1', port],
      ],
      [
        'busybox',
        (port: string) => [
          'busybox',
          'tftp',
          '-g',
          '-r',
          'initrd.gz',
          '-l',
          'busybox',
          '127.0.0.1',
          port,
        ],
      ],
      [
        'tftp-hpa',
        (port: string) => [
          'tftp',
          '-m',
          'binary',
          '127.0.0.1',
          port,
          '-c',
          'get',
          'initrd.gz',
          'tftp-hpa',
        ],
      ],
    ])('serves %s', async (client, command) => {
      await using server = await serving();
      const [program, ...args] = command(server.port);

      await runProgram(program!, args, local);

      await expectSame(join(local, client));
    });
  });

  describe.skipIf(lacks('ip', 'ss', 'apt-get', 'dpkg') || lacksRoot())(
    'pxe-tftp get and put',
    () => {
      it.each(DEBIAN_SERVERS)(
        'copy files from and to $name',
        async ({ name, program, args, isWritable }) => {
          await using network = new PrivateNetwork();
          await network.start(join(unpackDebianServers(), program), args(served), 69);
          const run = (...words: string[]): Promise<ProgramResult> =>
            network.run(process.execPath, PROGRAM, ...words);

          await run('get', '127.0.0.1', 'initrd.gz', join(local, `from-${name}`));
          await expectSame(join(local, `from-${name}`));

          const { code } = await run('put', '127.0.0.1', join(local, 'upload'), `to-${name}`);
          expect(code).toBe(isWritable ? 0 : 1);
          if (isWritable) {
            await expect
              .poll(async () => Buffer.compare(await readFile(join(served, `to-${name}`)), FILE))
              .toBe(0);
          }
        },
        TIMEOUT_MS,
      );

      it('fails immediately if nothing listens', async () => {
        await using network = new PrivateNetwork();

        const { code, stderr } = await network.run(
          process.execPath,
          PROGRAM,
          'get',
          '::1',
          'f',
          '-',
        );

        expect(code).toBe(1);
        expect(stderr).toBe(
          'pxe-tftp: [::1]:69 cannot be reached: no TFTP server is listening (ECONNREFUSED)\n',
        );
      });
    },
  );
});
