/** Real programs and ours over a network that loses datagrams at random. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { DEBIAN_SERVERS, unpackDebianServers } from '../support/debian-servers.js';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directories.js';
import { ENDPOINT_PROGRAM, transferAll } from '../support/our-client.js';
import { PrivateNetwork } from '../support/private-network.js';
import { type ProgramResult } from '../support/programs.js';
import { patternBytes } from '../support/serving.js';

const PERCENT = 5;
/** Time limit in milliseconds: each lost datagram costs a second or more if only a peer's timer recovers it. */
const TIMEOUT_MS = 200_000;
const FILE = patternBytes(150_000);

/** Served directory, directory of the client, and a network between the two. */
class Site implements AsyncDisposable {
  readonly network = new PrivateNetwork();
  readonly #directory: TemporaryDirectory;

  private constructor(directory: TemporaryDirectory) {
    this.#directory = directory;
  }

  static async make(): Promise<Site> {
    const site = new Site(await temporaryDirectory());
    await mkdir(site.served);
    await chmod(site.#directory.path, 0o755);
    await chmod(site.served, 0o777);
    await writeFile(join(site.served, 'file'), FILE);
    return site;
  }

  /** Creates a site with our server. */
  static async ours(): Promise<Site> {
    const site = await Site.make();
    await site.serve(process.execPath, [ENDPOINT_PROGRAM, 'serve', site.served]);
    return site;
  }

  get served(): string {
    return join(this.#directory.path, 'served');
  }

  /** Starts a server; from then on, the network loses datagrams. */
  async serve(program: string, args: readonly string[]): Promise<void> {
    await this.network.start(program, args, 69);
    this.network.lose(PERCENT);
  }

  local(name: string): string {
    return join(this.#directory.path, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network[Symbol.asyncDispose]();
    await this.#directory[Symbol.asyncDispose]();
  }
}

async function expectWhole(path: string): Promise<void> {
  expect(Buffer.compare(await readFile(path), FILE)).toBe(0);
}

describe('loss', () => {
  // Every datagram that is lost makes a client wait, so the tests run in parallel.
  describe.skipIf(lacks('ip', 'ss', 'nft', 'atftp', 'busybox', 'apt-get', 'dpkg') || lacksRoot())(
    `with ${PERCENT} % of all datagrams lost`,
    () => {
      let programs: string;

      beforeAll(() => {
        programs = unpackDebianServers();
      });

      it.concurrent.each([1, 4, 16])(
        'our client gets from our server at windowsize %i, and puts',
        async (windowsize) => {
          await using site = await Site.ours();
          await writeFile(site.local('sent'), FILE);

          const outcomes = await transferAll(site.network, [
            { action: 'get', remote: 'file', local: site.local('got'), options: { windowsize } },
            { action: 'put', remote: 'put', local: site.local('sent'), options: { windowsize } },
          ]);

          expect(outcomes).toMatchObject([{ ok: true }, { ok: true, windowsize }]);
          await expectWhole(site.local('got'));
          await expectWhole(join(site.served, 'put'));
        },
        TIMEOUT_MS,
      );

      it.concurrent.each([4, 16])(
        'atftp gets from our server at windowsize %i',
        async (windowsize) => {
          await using site = await Site.ours();

          const get = (): Promise<ProgramResult> =>
            site.network.run(
              'atftp',
              ...['--option', 'blksize 1428', '--option', `windowsize ${windowsize}`],
              ...['-g', '-r', 'file', '-l', site.local('got'), '127.0.0.1'],
            );

          // When atftp's ACK of the OACK is lost, the OACK is repeated, which atftp treats as an error.
          let result = await get();
          while (result.code !== 0) {
            expect(result.stderr).toContain('unexpected OACK');
            result = await get();
          }

          await expectWhole(site.local('got'));
        },
        TIMEOUT_MS,
      );

      it.concurrent(
        'busybox gets from our server, and puts',
        async () => {
          await using site = await Site.ours();
          const busybox = ['busybox', 'tftp', '-b', '1428'] as const;

          await site.network.run(
            ...busybox,
            '-g',
            '-r',
            'file',
            '-l',
            site.local('got'),
            '127.0.0.1',
          );
          await expectWhole(site.local('got'));
          await writeFile(site.local('sent'), FILE);
          await site.network.run(
            ...busybox,
            '-p',
            '-l',
            site.local('sent'),
            '-r',
            'put',
            '127.0.0.1',
          );

          await expectWhole(join(site.served, 'put'));
        },
        TIMEOUT_MS,
      );

      it.concurrent.each(DEBIAN_SERVERS)(
        'our client gets from $name',
        async ({ program, args }) => {
          await using site = await Site.make();
          await site.serve(join(programs, program), args(site.served));

          const outcomes = await transferAll(site.network, [
            { action: 'get', remote: 'file', local: site.local('got'), options: { windowsize: 4 } },
          ]);

          expect(outcomes).toEqual([{ ok: true }]);
          await expectWhole(site.local('got'));
        },
        TIMEOUT_MS,
      );
    },
  );
});
