/** Real programs and ours over a network that loses datagrams at random. */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { DEBIAN_SERVERS, unpackDebianServers } from '../support/debian-servers.js';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directories.js';
import { ENDPOINT_PROGRAM, transferAll } from '../support/our-client.js';
import { PrivateNetwork } from '../support/private-network.js';
import { describeWith, type ProgramResult } from '../support/programs.js';
import { patternBytes } from '../support/serving.js';

const PERCENT = 5;
/** Each datagram lost costs a second or more where a peer has nothing but its timer. */
const TIMEOUT_MS = 200_000;
const FILE = patternBytes(150_000);

describeWith(
  { programs: ['ip', 'ss', 'nft', 'atftp', 'busybox', 'apt-get', 'dpkg'], root: true },
  `with ${PERCENT} % of all datagrams lost`,
  () => {
    let directory: TemporaryDirectory;
    let served: string;
    let programs: string;

    beforeAll(async () => {
      programs = unpackDebianServers();
      directory = await temporaryDirectory();
      served = join(directory.path, 'served');
      await mkdir(served);
      await chmod(directory.path, 0o755);
      await chmod(served, 0o777);
      await writeFile(join(served, 'file'), FILE);
    });

    afterAll(async () => {
      await directory[Symbol.asyncDispose]();
    });

    function local(name: string): string {
      return join(directory.path, name);
    }

    async function ourServer(): Promise<PrivateNetwork> {
      const network = new PrivateNetwork();
      await network.start(process.execPath, [ENDPOINT_PROGRAM, 'serve', served], 69);
      network.lose(PERCENT);
      return network;
    }

    async function expectWhole(path: string): Promise<void> {
      expect(Buffer.compare(await readFile(path), FILE)).toBe(0);
      await rm(path);
    }

    it.each([1, 4, 16])(
      'our client gets from our server at windowsize %i, and puts',
      async (windowsize) => {
        await using network = await ourServer();
        await writeFile(local('sent'), FILE);

        const outcomes = await transferAll(network, [
          { action: 'get', remote: 'file', local: local('got'), options: { windowsize } },
          { action: 'put', remote: 'put', local: local('sent'), options: { windowsize } },
        ]);

        expect(outcomes).toMatchObject([{ ok: true }, { ok: true, windowsize }]);
        await expectWhole(local('got'));
        await expectWhole(join(served, 'put'));
      },
      TIMEOUT_MS,
    );

    it.each([4, 16])(
      'atftp gets from our server at windowsize %i',
      async (windowsize) => {
        await using network = await ourServer();

        const get = (): Promise<ProgramResult> =>
          network.run(
            'atftp',
            ...['--option', 'blksize 1428', '--option', `windowsize ${windowsize}`],
            ...['-g', '-r', 'file', '-l', local('got'), '127.0.0.1'],
          );

        // When its ACK of the OACK is lost, the OACK comes again, and atftp takes that for an error.
        let result = await get();
        while (result.code !== 0) {
          expect(result.stderr).toContain('unexpected OACK');
          result = await get();
        }

        await expectWhole(local('got'));
      },
      TIMEOUT_MS,
    );

    it(
      'busybox gets from our server, and puts',
      async () => {
        await using network = await ourServer();
        const busybox = ['busybox', 'tftp', '-b', '1428'] as const;

        await network.run(...busybox, '-g', '-r', 'file', '-l', local('got'), '127.0.0.1');
        await expectWhole(local('got'));
        await writeFile(local('sent'), FILE);
        await network.run(...busybox, '-p', '-l', local('sent'), '-r', 'put', '127.0.0.1');

        await expectWhole(join(served, 'put'));
      },
      TIMEOUT_MS,
    );

    it.each(DEBIAN_SERVERS)(
      'our client gets from $name',
      async ({ program, args }) => {
        await using network = new PrivateNetwork();
        await network.start(join(programs, program), args(served), 69);
        network.lose(PERCENT);

        const outcomes = await transferAll(network, [
          { action: 'get', remote: 'file', local: local('got'), options: { windowsize: 4 } },
        ]);

        expect(outcomes).toEqual([{ ok: true }]);
        await expectWhole(local('got'));
      },
      TIMEOUT_MS,
    );
  },
);
