/** Our client with the servers that people have. */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { type TftpTransferOptions } from '../../src/node/index.js';
import { type DebianServer, debianServers } from '../support/debian-servers.js';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directories.js';
import { PrivateNetwork } from '../support/private-network.js';
import { describeWith } from '../support/programs.js';
import { patternBytes } from '../support/serving.js';

const PROGRAM = join(import.meta.dirname, '../support/endpoint-program.js');
const SIZES = [0, 511, 512, 513, 100_000];
const TEXT = 'one\ntwo\nthree\n'.repeat(3_000);

/** What our client made of a transfer. */
interface Outcome {
  readonly ok: boolean;
  readonly code?: string;
  readonly wireCode?: number;
  readonly windowsize?: number;
}

describeWith(
  { programs: ['ip', 'ss', 'apt-get', 'dpkg'], root: true },
  'our client with servers of Debian',
  () => {
    let directory: TemporaryDirectory;
    let served: string;
    let local: string;

    beforeAll(async () => {
      directory = await temporaryDirectory();
      served = join(directory.path, 'served');
      local = join(directory.path, 'local');
      await mkdir(served);
      await mkdir(local);
      await chmod(directory.path, 0o755);
      await chmod(served, 0o777);
      for (const size of SIZES) {
        await writeFile(join(served, `f${size}`), patternBytes(size));
        await writeFile(join(local, `f${size}`), patternBytes(size));
      }
      await writeFile(join(served, 'text'), TEXT);
      await writeFile(join(local, 'text'), TEXT);
    });

    afterAll(async () => {
      await directory[Symbol.asyncDispose]();
    });

    async function transfer(
      network: PrivateNetwork,
      action: 'get' | 'put',
      remote: string,
      name: string,
      options: TftpTransferOptions = {},
    ): Promise<Outcome> {
      const file = join(local, name);
      const args = [PROGRAM, action, remote, file, JSON.stringify(options)];
      const { stdout, stderr } = await network.run(process.execPath, ...args);
      if (stdout === '') {
        throw new Error(stderr);
      }
      return JSON.parse(stdout) as Outcome;
    }

    async function started(server: DebianServer): Promise<PrivateNetwork> {
      const network = new PrivateNetwork();
      await network.start(server.program, server.args(served), 69);
      return network;
    }

    it.each(debianServers())(
      'gets files from $name, whatever is asked for',
      async (server) => {
        await using network = await started(server);
        const asked: TftpTransferOptions[] = [
          {},
          { blksize: 512, windowsize: 1 },
          { blksize: 8_192, timeoutSeconds: 2 },
          { blksize: 100, windowsize: 5 },
        ];
        for (const options of asked) {
          for (const size of SIZES) {
            const outcome = await transfer(network, 'get', `f${size}`, 'got', options);
            expect(outcome, `f${size} with ${JSON.stringify(options)}`).toEqual({ ok: true });
            const got = await readFile(join(local, 'got'));
            expect(Buffer.compare(got, patternBytes(size)), `f${size}`).toBe(0);
          }
        }
      },
      60_000,
    );

    it.each(debianServers().filter(({ hasNetascii }) => hasNetascii))(
      'reads text as netascii from $name',
      async (server) => {
        await using network = await started(server);

        await transfer(network, 'get', 'text', 'got', { mode: 'netascii' });

        expect(await readFile(join(local, 'got'), 'utf8')).toBe(TEXT);
      },
    );

    it.each(debianServers().filter(({ isWritable }) => isWritable))(
      'puts files to $name',
      async (server) => {
        await using network = await started(server);
        for (const size of SIZES) {
          await rm(join(served, 'put'), { force: true });
          const outcome = await transfer(network, 'put', 'put', `f${size}`);
          expect(outcome, `f${size}`).toMatchObject({
            ok: true,
            windowsize: server.hasWindows ? 16 : 1,
            finalAckMissing: false,
          });
          const put = await readFile(join(served, 'put'));
          expect(Buffer.compare(put, patternBytes(size)), `f${size}`).toBe(0);
        }
      },
      60_000,
    );

    it.each(debianServers())('is told by $name that a file is missing', async (server) => {
      await using network = await started(server);

      expect(await transfer(network, 'get', 'none', 'got')).toEqual({
        ok: false,
        code: 'ERR_TFTP_REMOTE',
        wireCode: 1,
      });
    });
  },
);
