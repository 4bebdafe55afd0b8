/** Our server with common clients. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { directorySink, directorySource } from '../../src/node/index.js';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directories.js';
import { type ProgramResult, runProgram } from '../support/programs.js';
import { patternBytes, serve, type Serving } from '../support/serving.js';

/**
 * Sizes of the served files in bytes: at and around the boundaries of blocks and windows, and one that takes
 * a while.
 */
const SIZES = [0, 1, 511, 512, 513, 2_048, 5_712, 51_200, 131_072, 1_048_576];

let directory: TemporaryDirectory;
let served: string;
let local: string;
let serving: Serving;

describe('real clients', () => {
  beforeAll(async () => {
    directory = await temporaryDirectory();
    served = join(directory.path, 'served');
    local = join(directory.path, 'local');
    await mkdir(served);
    await mkdir(local);
    for (const size of SIZES) {
      await writeFile(join(served, `f${size}`), patternBytes(size));
      await writeFile(join(local, `f${size}`), patternBytes(size));
    }
    await writeFile(join(served, 'text'), 'one\ntwo\r\nthree\rfour\n'.repeat(2_000));
    serving = await serve({
      source: directorySource(served),
      sink: directorySink(served, { overwrite: true }),
      maxBlockSize: 65_464,
      onInvalidOption: 'error',
      retransmission: {},
    });
  });

  afterAll(async () => {
    await serving.server.close();
    await directory[Symbol.asyncDispose]();
  });

  function port(): string {
    return String(serving.at.port);
  }

  /** Expects a served file and a local file to have the same content. */
  async function expectSame(servedName: string, localName: string): Promise<void> {
    const [theirs, ours] = await Promise.all([
      readFile(join(served, servedName)),
      readFile(join(local, localName)),
    ]);
    expect(Buffer.compare(theirs, ours), `${servedName} as ${localName}`).toBe(0);
  }

  describe.skipIf(lacks('atftp'))('atftp', () => {
    const atftp = (...args: string[]): Promise<ProgramResult> =>
      runProgram('atftp', [...args, '127.0.0.1', port()], local);
    const options = (settings: Record<string, number>): string[] =>
      Object.entries(settings).flatMap(([name, value]) => ['--option', `${name} ${value}`]);
    const get = async (
      remote: string,
      settings: Record<string, number>,
    ): Promise<ProgramResult> => {
      await rm(join(local, 'got'), { force: true });
      return atftp(...options(settings), '-g', '-r', remote, '-l', 'got');
    };

    it.each(SIZES)('gets and puts %i bytes', async (size) => {
      await get(`f${size}`, {});
      await expectSame(`f${size}`, 'got');

      await atftp('-p', '-l', `f${size}`, '-r', 'put');
      await expectSame('put', `f${size}`);
    });

    it.each([8, 256, 1428, 1533, 16_000, 40_000, 65_464])(
      'gets and puts at blksize %i',
      async (blksize) => {
        const name = blksize === 8 ? 'f131072' : 'f1048576';

        await get(name, { blksize });
        await expectSame(name, 'got');
        await atftp(...options({ blksize }), '-p', '-l', name, '-r', 'put');
        await expectSame('put', name);
      },
    );

    it.each([1, 2, 4, 5, 8, 16, 32])(
      'gets and puts at the requested windowsize %i',
      async (windowsize) => {
        serving.events.length = 0;

        await get('f1048576', { windowsize, blksize: 1428 });
        await expectSame('f1048576', 'got');
        await atftp(...options({ windowsize }), '-p', '-l', 'f131072', '-r', 'put');
        await expectSame('put', 'f131072');

        const [read] = serving.events.filter(({ type }) => type === 'transferFinished');
        expect(read).toMatchObject({ outcome: 'completed', windowsize, blksize: 1428 });
      },
    );

    it('gets more than 65,536 blocks', async () => {
      await get('f1048576', { blksize: 8, windowsize: 32 });

      await expectSame('f1048576', 'got');
    });

    it.each([{ blksize: 7 }, { blksize: 65_465 }, { timeout: 0 }, { timeout: 256 }])(
      'reports that %j cannot be granted',
      async (settings) => {
        const { stderr } = await get('f512', settings);

        expect(stderr).toContain('Option negotiation failed');
      },
    );

    it('reports a missing file', async () => {
      const { stderr } = await get('none', { tsize: 0 });

      expect(stderr).toMatch(/File not found/);
    });

    it('reads text as netascii', async () => {
      await rm(join(local, 'got'), { force: true });

      await atftp('--option', 'mode netascii', '-g', '-r', 'text', '-l', 'got');

      await expectSame('text', 'got');
    });

    it('two hundred concurrent clients get a megabyte each', async () => {
      // atftp gives up when it receives a second OACK ("unexpected OACK"), even if that one crossed its ACK.
      // On a busy machine answers take seconds, so neither side may repeat anything for a minute.
      const patience = ['--tftp-timeout', '60', ...options({ timeout: 60 })];
      const crowd = Array.from({ length: 200 }, (_, index) =>
        atftp(
          ...patience,
          ...options({ blksize: 1428, windowsize: 8 }),
          ...['-g', '-r', 'f1048576', '-l', `crowd${index}`],
        ),
      );

      const results = await Promise.all(crowd);

      expect(results.filter(({ code }) => code !== 0)).toEqual([]);
      const expected = patternBytes(1_048_576);
      for (let index = 0; index < 200; index += 1) {
        const path = join(local, `crowd${index}`);
        expect(Buffer.compare(await readFile(path), expected), path).toBe(0);
        await rm(path);
      }
    }, 240_000);
  });

  describe.skipIf(lacks('tftp'))('tftp-hpa', () => {
    const tftp = (mode: string, ...command: string[]): Promise<ProgramResult> =>
      runProgram('tftp', ['-m', mode, '127.0.0.1', port(), '-c', ...command], local);

    it.each(SIZES)('gets and puts %i bytes', async (size) => {
      await rm(join(local, 'got'), { force: true });

      await tftp('binary', 'get', `f${size}`, 'got');
      await expectSame(`f${size}`, 'got');
      await tftp('binary', 'put', `f${size}`, 'put');
      await expectSame('put', `f${size}`);
    });

    it('reads and writes text as netascii', async () => {
      await rm(join(local, 'got'), { force: true });

      await tftp('ascii', 'get', 'text', 'got');
      await expectSame('text', 'got');
      await tftp('ascii', 'put', 'got', 'put');
      await expectSame('put', 'got');
    });

    it('tftp-hpa reports a missing file', async () => {
      const { stdout, stderr } = await tftp('binary', 'get', 'none');

      expect(stdout + stderr).toContain('Error code 1: File not found');
    });
  });

  describe.skipIf(lacks('curl'))('curl', () => {
    const curl = (...args: string[]): Promise<ProgramResult> =>
      runProgram('curl', ['--silent', '--show-error', '--max-time', '120', ...args], local);
    const url = (name: string): string => `tftp://127.0.0.1:${port()}/${name}`;

    it.each(SIZES)('gets %i bytes', async (size) => {
      await rm(join(local, 'got'), { force: true });

      const { code } = await curl('-o', 'got', url(`f${size}`));

      expect(code).toBe(0);
      // curl does not create an empty file.
      await (size === 0 ? undefined : expectSame(`f${size}`, 'got'));
    });

    it.each([['--tftp-blksize', '1468'], ['--tftp-blksize', '65464'], ['--tftp-no-options']])(
      'gets and puts with %s %s',
      async (...args) => {
        await curl(...args, '-o', 'got', url('f1048576'));
        await expectSame('f1048576', 'got');
        await curl(...args, '-T', 'f131072', url('put'));
        await expectSame('put', 'f131072');
      },
    );

    it('curl reports a missing file', async () => {
      expect((await curl(url('none'))).code).toBe(68);
    });
  });

  describe.skipIf(lacks('busybox'))('busybox', () => {
    const tftp = (...args: string[]): Promise<ProgramResult> =>
      runProgram('busybox', ['tftp', ...args, '127.0.0.1', port()], local);

    it.each(SIZES)('gets and puts %i bytes', async (size) => {
      await rm(join(local, 'got'), { force: true });

      await tftp('-g', '-r', `f${size}`, '-l', 'got');
      await expectSame(`f${size}`, 'got');
      await tftp('-p', '-l', `f${size}`, '-r', 'put');
      await expectSame('put', `f${size}`);
    });

    // BusyBox refuses sizes below 26, and file names whose request would be longer than the size.
    it.each(['64', '1400', '40000'])('gets and puts at blksize %s', async (blksize) => {
      await tftp('-b', blksize, '-g', '-r', 'f131072', '-l', 'got');
      await expectSame('f131072', 'got');
      await tftp('-b', blksize, '-p', '-l', 'f131072', '-r', 'put');
      await expectSame('put', 'f131072');
    });

    it('busybox reports a missing file', async () => {
      const { code, stderr } = await tftp('-g', '-r', 'none', '-l', 'none');

      expect(code).not.toBe(0);
      expect(stderr).toContain('File not found');
    });
  });
});
