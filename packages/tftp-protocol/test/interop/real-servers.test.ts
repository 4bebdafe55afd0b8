/** Our client with common servers. */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import {
  DEBIAN_SERVERS,
  type DebianServer,
  unpackDebianServers,
} from '../support/debian-servers.js';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directories.js';
import { transferAll, type TransferJob } from '../support/our-client.js';
import { PrivateNetwork } from '../support/private-network.js';
import { patternBytes } from '../support/serving.js';

const SIZES = [0, 511, 512, 513, 100_000];
const TEXT = 'one\ntwo\nthree\n'.repeat(3_000);

/** Options to request from a server, which it may grant or not. */
const ASKED: readonly NonNullable<TransferJob['options']>[] = [
  {},
  { blksize: 512, windowsize: 1 },
  { blksize: 8_192, timeoutSeconds: 2 },
  { blksize: 100, windowsize: 5 },
];

const TIMEOUT_MS = 200_000;

describe('real servers', () => {
  describe.skipIf(lacks('ip', 'ss', 'apt-get', 'dpkg') || lacksRoot())(
    "our client with Debian's servers",
    () => {
      let directory: TemporaryDirectory;
      let served: string;
      let local: string;
      let programs: string;

      beforeAll(async () => {
        programs = unpackDebianServers();
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

      async function started(
        { program, args }: DebianServer,
        address?: '127.0.0.1' | '::1',
      ): Promise<PrivateNetwork> {
        const network = new PrivateNetwork();
        // Unless there is an address besides loopback's, tftpd-hpa assumes that the host has no IPv6 at all.
        network.ip('address', 'add', 'fd00::1/128', 'dev', 'lo');
        await network.start(join(programs, program), args(served, address), 69);
        return network;
      }

      it.each(DEBIAN_SERVERS)(
        'gets files from $name with any options',
        async (server) => {
          await using network = await started(server);
          const jobs = ASKED.flatMap((options, at) =>
            SIZES.map((size): TransferJob => ({
              action: 'get',
              remote: `f${size}`,
              local: join(local, `got${at}-${size}`),
              options,
            })),
          );

          const outcomes = await transferAll(network, jobs);

          expect(outcomes).toEqual(jobs.map(() => ({ ok: true })));
          for (const job of jobs) {
            const [got, wanted] = await Promise.all([
              readFile(job.local),
              readFile(join(served, job.remote)),
            ]);
            expect(Buffer.compare(got, wanted), job.local).toBe(0);
          }
        },
        TIMEOUT_MS,
      );

      it.each(DEBIAN_SERVERS.filter(({ hasIpv6 }) => hasIpv6))(
        'gets files, and errors for missing ones, over IPv6 from $name',
        async (server) => {
          await using network = await started(server, '::1');
          const options = { host: '::1' };

          const outcomes = await transferAll(network, [
            { action: 'get', remote: 'f100000', local: join(local, 'got6'), options },
            { action: 'get', remote: 'none', local: join(local, 'none6'), options },
          ]);

          expect(outcomes).toEqual([
            { ok: true },
            { ok: false, code: 'ERR_TFTP_REMOTE', wireCode: 1 },
          ]);
          expect(Buffer.compare(await readFile(join(local, 'got6')), patternBytes(100_000))).toBe(
            0,
          );
        },
        TIMEOUT_MS,
      );

      it.each(DEBIAN_SERVERS.filter(({ hasNetascii }) => hasNetascii))(
        'reads text as netascii from $name',
        async (server) => {
          await using network = await started(server);

          await transferAll(network, [
            {
              action: 'get',
              remote: 'text',
              local: join(local, 'got'),
              options: { mode: 'netascii' },
            },
          ]);

          expect(await readFile(join(local, 'got'), 'utf8')).toBe(TEXT);
        },
        TIMEOUT_MS,
      );

      it.each(DEBIAN_SERVERS.filter(({ isWritable }) => isWritable))(
        'puts files to $name',
        async (server) => {
          await using network = await started(server);
          await Promise.all(SIZES.map((size) => rm(join(served, `put${size}`), { force: true })));

          const outcomes = await transferAll(
            network,
            SIZES.map((size) => ({
              action: 'put',
              remote: `put${size}`,
              local: join(local, `f${size}`),
            })),
          );

          const windowsize = server.hasWindows ? 16 : 1;
          const expected = { ok: true, windowsize, finalAckMissing: false };
          expect(outcomes).toMatchObject(SIZES.map(() => expected));
          for (const size of SIZES) {
            const put = await readFile(join(served, `put${size}`));
            expect(Buffer.compare(put, patternBytes(size)), `put${size}`).toBe(0);
          }
        },
        TIMEOUT_MS,
      );

      it.each(DEBIAN_SERVERS)(
        'reports a file that is missing on $name',
        async (server) => {
          await using network = await started(server);

          const outcomes = await transferAll(network, [
            { action: 'get', remote: 'none', local: join(local, 'got') },
          ]);

          expect(outcomes).toEqual([{ ok: false, code: 'ERR_TFTP_REMOTE', wireCode: 1 }]);
        },
        TIMEOUT_MS,
      );
    },
  );
});
