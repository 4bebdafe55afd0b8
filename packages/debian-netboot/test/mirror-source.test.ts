import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { type FaultRule, serveMirror } from '@pxe/local-mirror';

import { mirrorSource } from '../src/index.js';
import {
  afterTest,
  IMPATIENT,
  madeUpMirror,
  type MadeUpMirror,
  requestsFor,
  temporaryStore,
  TRIXIE,
  TRIXIE_BOTH,
} from './support/made-up-mirror.js';

const INITRD = /netboot\/debian-installer\/amd64\/initrd\.gz$/;
/** Fault that hides the package that proves the same files as the lists. */
const NETBOOT_PACKAGE: FaultRule = {
  path: /pool.*netboot/,
  fault: { kind: 'status', status: 404 },
};

/** Patient settings, for tests that do not involve slow mirrors. */
const UNHURRIED = { speedWindowMs: 600_000, retries: 50 };

/** Syncs a new store from a mirror that has faults. */
async function syncWith(archive: MadeUpMirror, ...faults: readonly FaultRule[]): Promise<void> {
  archive.mirror.faults = [...faults];
  await archive.sync(await temporaryStore());
}

describe('mirror source', () => {
  describe('retries a mirror that fails temporarily:', () => {
    it.each<[string, FaultRule]>([
      ['it answers 503', { path: INITRD, fault: { kind: 'status', status: 503 }, times: 2 }],
      [
        'it says when to retry',
        { path: INITRD, fault: { kind: 'status', status: 429, retryAfter: '0.01' }, times: 1 },
      ],
      ['it closes the connection', { path: INITRD, fault: { kind: 'reset' }, times: 2 }],
      [
        'its InRelease breaks off',
        { path: /InRelease/, fault: { kind: 'disconnect', afterBytes: 500 }, times: 2 },
      ],
      [
        'an index breaks off',
        { path: /SHA256SUMS|by-hash/, fault: { kind: 'disconnect', afterBytes: 50 }, times: 1 },
      ],
      [
        'a package breaks off',
        { path: /pool/, fault: { kind: 'disconnect', afterBytes: 700 }, times: 2 },
      ],
    ])('%s', async (_what, fault) => {
      await syncWith(await madeUpMirror(TRIXIE), fault);
    });
  });

  it('waits for the date in Retry-After before it retries', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const retryAfter = new Date(Date.now() + 2500).toUTCString();
    const start = performance.now();
    await syncWith(archive, {
      path: INITRD,
      fault: { kind: 'status', status: 503, retryAfter },
      times: 1,
    });
    expect(performance.now() - start).toBeGreaterThan(900);
  });

  describe('a download that breaks off', () => {
    it.each([1, 1000, 16_384, 59_999])('resumes after every %i bytes', async (afterBytes) => {
      const archive = await madeUpMirror(TRIXIE);
      const times = afterBytes === 1 ? 20 : Infinity;
      archive.mirror.faults = [{ path: INITRD, fault: { kind: 'disconnect', afterBytes }, times }];
      await archive.sync(await temporaryStore(), { mirrorOptions: UNHURRIED });
      const requests = archive.mirror.requests.filter(({ path }) =>
        path.endsWith('netboot/debian-installer/amd64/initrd.gz'),
      );
      const sent = requests.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
      expect(requests.length).toBeGreaterThan(1);
      // Bytes that were in transit when the connection broke may have been lost.
      expect(sent).toBeLessThanOrEqual(60_000 + requests.length * 65_536);
      expect(requests.at(-1)?.status).toBe(206);
    });

    it.each([499, 4096, 20_011])(
      'resumes any file from a mirror that closes every connection after %i bytes',
      async (afterBytes) => {
        const archive = await madeUpMirror(TRIXIE);
        const fault = { kind: 'disconnect', afterBytes } as const;
        archive.mirror.faults = [{ path: /images\/netboot|by-hash|^pool/, fault }];
        const { generation } = await archive.sync(await temporaryStore(), {
          images: [TRIXIE_BOTH],
          mirrorOptions: UNHURRIED,
        });
        expect(generation.manifest.targets).toHaveLength(2);
      },
    );

    it('is given up if it breaks off after every byte', async () => {
      const archive = await madeUpMirror(TRIXIE);
      archive.mirror.faults = [{ path: INITRD, fault: { kind: 'disconnect', afterBytes: 1 } }];
      const mirrorOptions = { retryDelayMs: 20, speedWindowMs: 100 };
      await expect(archive.sync(await temporaryStore(), { mirrorOptions })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_NETWORK',
        message: expect.stringMatching(/interrupted after \d+ bytes/) as string,
      });
    });

    it('skips known bytes if the server does not support ranges', async () => {
      await syncWith(
        await madeUpMirror(TRIXIE),
        { path: INITRD, fault: { kind: 'disconnect', afterBytes: 30_000 }, times: 1 },
        { path: INITRD, fault: { kind: 'ignoreRange' } },
      );
    });

    it('starts over if the server sends the wrong range', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const { generation } = await archive.sync(await temporaryStore());
      const { sha256 } = generation.manifest.targets[0]!.files['initrd.gz'];
      const store = await temporaryStore();
      await writeFile(join(store.directory, 'partial', sha256), Buffer.alloc(30_000));
      archive.mirror.requests.splice(0);
      archive.mirror.faults = [{ path: INITRD, fault: { kind: 'wrongRange' } }];
      await archive.sync(store);
      const requests = archive.mirror.requests.filter(({ path }) =>
        path.endsWith('netboot/debian-installer/amd64/initrd.gz'),
      );
      expect(requests.map(({ status }) => status)).toEqual([206, 200]);
    });

    it('reports which mirror it is waiting for, and each attempt', async () => {
      const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      afterTest(() => new Promise((resolve) => silent.close(resolve)));
      const { port } = silent.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}/debian`;
      const archive = await madeUpMirror(TRIXIE);
      const aborted = new AbortController();
      const activities: string[] = [];
      const syncing = archive.sync(await temporaryStore(), {
        mirrorOptions: { mirrors: [url], answerTimeoutMs: 4000, retryDelayMs: 1 },
        signal: aborted.signal,
        onEvent: (event) => {
          if (event.type === 'sourceProgressed' && activities.push(event.activity) === 2) {
            aborted.abort(new Error('seen'));
          }
        },
      });
      await expect(syncing).rejects.toThrow('seen');
      expect(activities).toEqual([
        `mirror: waiting for 127.0.0.1:${port}`,
        `mirror: waiting for 127.0.0.1:${port}, attempt 2 of 3`,
      ]);
    });

    it('names the URL of an InRelease that is a web page', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const content = '<html>Please log in</html>';
      archive.mirror.faults = [{ path: /InRelease/, fault: { kind: 'replace', content } }];
      await expect(archive.sync(await temporaryStore())).rejects.toMatchObject({
        code: 'ERR_NETBOOT_BAD_SIGNATURE',
        message: `${archive.mirror.url}/dists/trixie/InRelease: not a clear-signed message: it is a web page, perhaps from a network that requires a login`,
      });
    });

    it('resumes on another connection after a stall or when it is too slow', async () => {
      const archive = await madeUpMirror({ ...TRIXIE, initrdLength: 300_000 });
      archive.mirror.faults = [
        { path: INITRD, fault: { kind: 'stall', afterBytes: 100_000 }, times: 1 },
        { path: INITRD, fault: { kind: 'slow', bytesPerSecond: 60_000 }, times: 1 },
      ];
      await archive.sync(await temporaryStore(), { mirrorOptions: IMPATIENT });
      expect(requestsFor(archive, INITRD)).toBeGreaterThanOrEqual(2);
    });

    it('repeatedly without progress fails, and is resumed by the next sync', async () => {
      const archive = await madeUpMirror({ ...TRIXIE, initrdLength: 500_000 });
      const store = await temporaryStore();
      archive.mirror.faults = [
        { path: INITRD, fault: { kind: 'disconnect', afterBytes: 300_000 }, times: 1 },
        { path: INITRD, fault: { kind: 'reset' } },
      ];
      await expect(archive.sync(store)).rejects.toMatchObject({ code: 'ERR_NETBOOT_NETWORK' });
      archive.mirror.faults = [];
      archive.mirror.requests.splice(0);
      await archive.sync(store);
      const [request] = archive.mirror.requests.filter(({ path }) =>
        path.endsWith('netboot/debian-installer/amd64/initrd.gz'),
      );
      expect(request).toMatchObject({ status: 206 });
      expect(request!.sentBytes).toBeLessThan(500_000);
    });

    it('is fetched again as a whole if its start was damaged on disk', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const store = await temporaryStore();
      const { generation } = await archive.sync(store);
      const initrd = generation.manifest.targets[0]!.files['initrd.gz'];
      const other = await temporaryStore();
      const update = await other.beginUpdate();
      const broken = (async function* () {
        yield Buffer.alloc(40_000, 'x');
        await Promise.reject(new Error('cut off'));
      })();
      const expected = { label: 'initrd', sha256: initrd.sha256, maxSize: 1e6 };
      await expect(update.add(broken, expected)).rejects.toThrow('cut off');
      expect(await update.partialLength(initrd.sha256)).toBe(40_000);
      await update.close();
      archive.mirror.requests.splice(0);
      await archive.sync(other);
      const statuses = archive.mirror.requests.filter(({ path }) =>
        path.endsWith('netboot/debian-installer/amd64/initrd.gz'),
      );
      expect(statuses.map(({ status }) => status)).toEqual([206, 200]);
    });
  });

  describe('refuses a mirror with wrong content:', () => {
    it.each<[string, FaultRule, string]>([
      [
        'one bit of the initrd',
        { path: INITRD, fault: { kind: 'flip', atByte: 31_000 } },
        'HASH_MISMATCH',
      ],
      [
        'a truncated initrd',
        { path: INITRD, fault: { kind: 'truncate', toBytes: 31_000 } },
        'HASH_MISMATCH',
      ],
      [
        'bytes after the initrd',
        { path: INITRD, fault: { kind: 'append', bytes: 1 } },
        'HASH_MISMATCH',
      ],
      [
        'one bit of SHA256SUMS',
        { path: /installer-amd64.*(SHA256SUMS|by-hash)/, fault: { kind: 'flip', atByte: 10 } },
        'HASH_MISMATCH',
      ],
      [
        'bytes after SHA256SUMS',
        { path: /installer-amd64.*(SHA256SUMS|by-hash)/, fault: { kind: 'append', bytes: 10 } },
        'SIZE_MISMATCH',
      ],
      [
        'one bit of InRelease',
        { path: /InRelease/, fault: { kind: 'flip', atByte: 200 } },
        'BAD_SIGNATURE',
      ],
      [
        'a truncated InRelease',
        { path: /InRelease/, fault: { kind: 'truncate', toBytes: 400 } },
        'BAD_SIGNATURE',
      ],
      [
        'a login page',
        { path: /InRelease/, fault: { kind: 'replace', content: '<html>' } },
        'BAD_SIGNATURE',
      ],
      [
        'text before the signed message',
        { path: /InRelease/, fault: { kind: 'surround', before: 'Codename: trixie\n' } },
        'BAD_SIGNATURE',
      ],
      [
        'text after the signature',
        { path: /InRelease/, fault: { kind: 'surround', after: 'SHA256:\n' } },
        'BAD_SIGNATURE',
      ],
      [
        'a second signed message after the first',
        { path: /InRelease/, fault: { kind: 'concatenate', path: 'dists/trixie/InRelease' } },
        'BAD_SIGNATURE',
      ],
      [
        'redirects to an endless page',
        { path: /InRelease/, fault: { kind: 'endless', status: 302, location: '' } },
        'NETWORK',
      ],
      [
        'an endless error page instead of an InRelease',
        { path: /InRelease/, fault: { kind: 'endless', status: 404 } },
        'FILE_NOT_FOUND',
      ],
      [
        'an InRelease byte by byte',
        { path: /InRelease/, fault: { kind: 'slow', bytesPerSecond: 20 } },
        'NETWORK',
      ],
      [
        'an endless InRelease',
        { path: /InRelease/, fault: { kind: 'append', bytes: 17 * 1024 * 1024 } },
        'SIZE_MISMATCH',
      ],
      [
        'no InRelease',
        { path: /InRelease/, fault: { kind: 'status', status: 404 } },
        'FILE_NOT_FOUND',
      ],
      ['no initrd', { path: INITRD, fault: { kind: 'status', status: 404 } }, 'FILE_NOT_FOUND'],
      [
        'no SHA256SUMS',
        { path: /installer-amd64.*(SHA256SUMS|by-hash)/, fault: { kind: 'status', status: 404 } },
        'MIRROR_UPDATING',
      ],
      ['a permanent error', { path: INITRD, fault: { kind: 'status', status: 500 } }, 'NETWORK'],
      [
        'a page that needs a password',
        { path: INITRD, fault: { kind: 'status', status: 401 } },
        'UNAUTHORIZED',
      ],
      [
        'a redirect to itself',
        { path: INITRD, fault: { kind: 'redirect', location: '' } },
        'NETWORK',
      ],
      [
        'a redirect to a file',
        { path: INITRD, fault: { kind: 'redirect', location: 'file:///etc/passwd' } },
        'FORBIDDEN_REDIRECT',
      ],
      [
        'a redirect to nowhere',
        { path: INITRD, fault: { kind: 'redirect', location: 'http://[' } },
        'NETWORK',
      ],
    ])('%s', async (_what, fault, code) => {
      const archive = await madeUpMirror(TRIXIE);
      archive.mirror.faults = [fault, NETBOOT_PACKAGE];
      const mirrorOptions = { speedWindowMs: 500 };
      await expect(archive.sync(await temporaryStore(), { mirrorOptions })).rejects.toMatchObject({
        code: `ERR_NETBOOT_${code}`,
        hint: expect.any(String) as string,
      });
    });

    it.each([
      ['endless slow interim responses', 10, 1, 60_000, 'more than 16 interim responses'],
      ['endless fast interim responses', 1, 2000, 60_000, 'more than 16 interim responses'],
      // Fewer interim responses than the limit, at intervals that restart the timeout for headers.
      ['an answer that never begins', 60, 1, 200, 'no answer within 200 ms'],
    ])('%s', async (_which, pauseMs, answers, answerTimeoutMs, message) => {
      const server = createServer((socket) => {
        const send = (): boolean =>
          socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(answers));
        const timer = setInterval(send, pauseMs);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          clearInterval(timer);
        });
        socket.resume();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      afterTest(() => new Promise((resolve) => server.close(resolve)));
      const { port } = server.address() as AddressInfo;
      const archive = await madeUpMirror(TRIXIE);
      const mirrors = [`http://127.0.0.1:${port}/debian`];
      const mirrorOptions = { mirrors, answerTimeoutMs, retries: 0 };
      await expect(archive.sync(await temporaryStore(), { mirrorOptions })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_NETWORK',
        message: expect.stringContaining(message) as string,
      });
    });

    it('a replayed InRelease that was valid before', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const store = await temporaryStore();
      const old = archive.tree.get('dists/trixie/InRelease')!;
      await archive.publish({ ...TRIXIE, date: new Date('2026-02-01') });
      await archive.sync(store);
      archive.tree.set('dists/trixie/InRelease', old);
      await expect(archive.sync(store)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_RELEASE_WENT_BACK',
      });
    });

    it('an InRelease of another suite', async () => {
      const archive = await madeUpMirror(TRIXIE, { codename: 'bookworm' });
      archive.tree.set('dists/trixie/InRelease', archive.tree.get('dists/bookworm/InRelease')!);
      await expect(archive.sync(await temporaryStore())).rejects.toMatchObject({
        code: 'ERR_NETBOOT_WRONG_SUITE',
      });
    });

    it('an expired InRelease, unless that is accepted', async () => {
      const archive = await madeUpMirror({ ...TRIXIE, validUntil: new Date('2026-01-08') });
      const store = await temporaryStore();
      await expect(archive.sync(store)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_RELEASE_EXPIRED',
      });
      await archive.sync(store, { trust: { dangerouslyAcceptExpiredRelease: true } });
    });

    it("an archive whose key is not Debian's", async () => {
      const archive = await madeUpMirror(TRIXIE);
      const store = await temporaryStore();
      const { DEBIAN_ARCHIVE_KEYRING: keyring } = await import('../src/index.js');
      await expect(archive.sync(store, { trust: { keyring } })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_UNTRUSTED_SIGNATURE',
      });
    });
  });

  describe('a source with several mirrors', () => {
    it('uses the next if the first lacks a file or has a wrong one', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const second = await serveMirror(archive.tree);
      afterTest(() => second.close());
      archive.mirror.faults = [
        { path: INITRD, fault: { kind: 'flip', atByte: 5 } },
        { path: /linux$/, fault: { kind: 'status', status: 404 } },
        { path: /pool/, fault: { kind: 'status', status: 500 } },
      ];
      const mirrors = [archive.mirror.url, second.url];
      await archive.sync(await temporaryStore(), { mirrorOptions: { mirrors } });
      expect(second.requests.map(({ path }) => path.split('/').at(-1)).sort()).toEqual([
        'initrd.gz',
        'linux',
        'pxelinux_6.04-1_all.deb',
        'syslinux-common_6.04-1_all.deb',
      ]);
    });

    it('requests everything from the one whose InRelease was accepted', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const stale = await serveMirror(new Map(archive.tree));
      afterTest(() => stale.close());
      const store = await temporaryStore();
      await archive.publish({ ...TRIXIE, date: new Date('2026-02-01') });
      await archive.sync(store);
      await archive.publish({ ...TRIXIE, build: '20250303', date: new Date('2026-03-03') });
      const mirrors = [stale.url, archive.mirror.url];
      const { generation } = await archive.sync(store, { mirrorOptions: { mirrors } });
      expect(generation.manifest.targets[0]?.build).toBe('20250303');
      // Requested once normally, and once more bypassing any cache.
      expect(stale.requests.map(({ path }) => path)).toEqual([
        'dists/trixie/InRelease',
        'dists/trixie/InRelease',
      ]);
    });

    it('reports the first failure if all fail', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const mirrors = [archive.mirror.url, 'http://127.0.0.1:9/debian'];
      archive.mirror.faults = [{ path: /./, fault: { kind: 'status', status: 500 } }];
      await expect(
        archive.sync(await temporaryStore(), { mirrorOptions: { mirrors } }),
      ).rejects.toMatchObject({ code: 'ERR_NETBOOT_NETWORK' });
    });
  });

  describe('a mirror that cannot be reached', () => {
    it('has a distinct error code', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const mirrors = ['http://127.0.0.1:9/debian'];
      await expect(
        archive.sync(await temporaryStore(), { mirrorOptions: { mirrors } }),
      ).rejects.toMatchObject({ code: 'ERR_NETBOOT_UNREACHABLE' });
    });
  });

  describe('the URL of a mirror', () => {
    it.each([
      'ftp.debian.org',
      'ftp://ftp.debian.org/debian',
      'http://',
      'http://x/?y',
      'file:///x',
    ])('%j is refused', (url) => {
      expect(() => mirrorSource({ mirrors: [url] })).toThrow(
        expect.objectContaining({ code: 'ERR_NETBOOT_INVALID_MIRROR' }) as Error,
      );
    });

    it('is shown without its password', () => {
      const url = 'http://user:secret@mirror.example/debian';
      expect(mirrorSource({ mirrors: [url] }).name).toBe('mirror http://mirror.example/debian');
      expect(() => mirrorSource({ mirrors: ['ftp://user:secret@x/'] })).toThrow(/"ftp:\/\/x\/"/);
    });

    it('sends its password to the mirror, but not to redirect targets', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const elsewhere = await serveMirror(archive.tree);
      afterTest(() => elsewhere.close());
      archive.mirror.faults = [
        {
          path: /linux$/,
          fault: {
            kind: 'redirect',
            location: `${elsewhere.url}/dists/trixie/main/installer-amd64/current/images/netboot/debian-installer/amd64/linux`,
          },
        },
      ];
      const mirrors = [archive.mirror.url.replace('http://', 'http://user:secret%21@')];
      await archive.sync(await temporaryStore(), { mirrorOptions: { mirrors } });
      const basic = `Basic ${Buffer.from('user:secret!').toString('base64')}`;
      expect(archive.mirror.requests.every(({ headers }) => headers.authorization === basic)).toBe(
        true,
      );
      expect(elsewhere.requests).toHaveLength(1);
      expect(elsewhere.requests[0]?.headers.authorization).toBeUndefined();
    });

    it('is required', () => {
      expect(() => mirrorSource({ mirrors: [] })).toThrow(RangeError);
    });
  });

  it.each(['grubx64.efi', 'grub/x86_64-efi/command.lst'])(
    'at most 16 MiB of %s are accepted, since only its hash is signed',
    async (name) => {
      const archive = await madeUpMirror(TRIXIE);
      const bytes = 16 * 1024 * 1024 + 1;
      archive.mirror.faults = [{ path: new RegExp(`${name}$`), fault: { kind: 'append', bytes } }];
      await expect(archive.sync(await temporaryStore())).rejects.toMatchObject({
        code: 'ERR_NETBOOT_SIZE_MISMATCH',
      });
    },
  );
});
