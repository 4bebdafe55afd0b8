import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { aptFlags } from './support/apt-flags.js';
import { fileAt, sha256 } from './support/boot-traffic.js';
import { RunningDaemon } from './support/daemon.js';
import { unpackedPackages } from './support/debian-packages.js';
import { ONLY_PROGRESS } from './support/only-progress.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { TEST_STORE } from './support/test-store.js';

const run = promisify(execFile);

const GRUB_CONFIG = '/debian-installer/amd64/grub/grub.cfg';

/** Expected shim and GRUB for a store with several releases. */
interface Content {
  /** Release whose shim and GRUB every machine gets. */
  readonly loadersOf: 'trixie' | 'bookworm';
  readonly suites: readonly string[];
  readonly bootsByHttp: boolean;
}

const STORES: Readonly<Record<string, Content>> = {
  bookworm: { loadersOf: 'bookworm', suites: ['bookworm'], bootsByHttp: false },
  trixie: { loadersOf: 'trixie', suites: ['trixie'], bootsByHttp: true },
  'trixie,bookworm': {
    loadersOf: 'trixie',
    suites: ['trixie', 'bookworm'],
    bootsByHttp: true,
  },
};

describe.skipIf(lacks('apt-get', 'dpkg-deb', 'curl')).each(Object.entries(STORES))(
  'a store with %s',
  { timeout: 120_000 },
  (images, { loadersOf, suites, bootsByHttp }) => {
    let directory: string;
    let store: string;
    let daemon: RunningDaemon;
    /** Debian's own files. */
    let packaged: string;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'pxeboot-mixed-'));
      const selected = ['--images', images, ...aptFlags()];
      store = suites.length === 2 ? TEST_STORE : await narrowedStore();
      daemon = await RunningDaemon.start([...selected, '--data-dir', store]);
      const release = loadersOf === 'trixie' ? '13' : '12';
      const names = [`debian-installer-${release}-netboot-amd64`];
      const others = loadersOf === 'trixie' ? ['pxelinux', 'syslinux-common'] : [];
      packaged = join(
        await unpackedPackages(loadersOf, [...names, ...others]),
        `usr/lib/debian-installer/images/${release}/amd64/text/debian-installer/amd64`,
      );
    }, 600_000);

    afterAll(async () => {
      await daemon[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    });

    /** Creates a separate store with some of the images, filled from the shared store. */
    async function narrowedStore(): Promise<string> {
      const narrowed = join(directory, 'store');
      // The images are proven by the lists of a mirror, since a release's package takes long to unpack.
      const selected = [
        '--images',
        images,
        '--source-kind',
        'mirror',
        '--source-url',
        inject('debianMirror') ?? '',
      ];
      await mkdir(narrowed);
      const parts = ['blobs', 'format'].map((name) => join(TEST_STORE, name));
      await run('cp', ['-al', ...parts, narrowed]);
      const synced = await runPxeboot(['sync', ...selected, '--data-dir', narrowed]);
      expect(synced).toMatchObject({ code: 0, stderr: ONLY_PROGRESS });
      return narrowed;
    }

    async function byTftp(path: string): Promise<Buffer> {
      const to = join(directory, 'download');
      await run('curl', ['-sS', '-o', to, `tftp://127.0.0.1:${daemon.port('tftp')}/${path}`]);
      return readFile(to);
    }

    it(`gives every machine the shim and the GRUB of ${loadersOf}`, async () => {
      for (const name of ['bootnetx64.efi', 'grubx64.efi']) {
        const ofDebian = sha256(await readFile(join(packaged, name)));
        expect(sha256(await byTftp(name))).toBe(ofDebian);
        if (bootsByHttp) {
          expect(sha256(await fileAt(daemon, `/${name}`))).toBe(ofDebian);
        }
      }
    });

    it('lets GRUB load each release over a supported protocol', async () => {
      const config = (await byTftp(GRUB_CONFIG)).toString();
      const kernels = [
        ...config.matchAll(/^[ \t]*linux "(\S*)\/m\/\$\{net_default_mac\}\/debian\/(\w+)\//gm),
      ];
      expect(new Set(kernels.map(([, , suite]) => suite))).toEqual(new Set(suites));
      const devices = new Set(kernels.map(([, device]) => device));
      const byHttp = `(http,127.0.0.1:${daemon.port('http')})`;
      expect(devices).toEqual(new Set([bootsByHttp ? byHttp : '']));
    });

    it(`${bootsByHttp ? 'serves' : 'refuses'} HTTP Boot`, async () => {
      const url = `http://127.0.0.1:${daemon.port('http')}/bootnetx64.efi`;
      const answer = await fetch(url, { method: 'HEAD' });
      expect(answer.status).toBe(bootsByHttp ? 200 : 404);
      if (bootsByHttp) {
        return;
      }
      const isRefusal = ({ path }: Readonly<Record<string, unknown>>): boolean =>
        path === '/bootnetx64.efi';
      await expect
        .poll(() => daemon.log.filter(isRefusal))
        .toMatchObject([
          {
            level: 'warn',
            event: 'http.request',
            status: 404,
            reason: expect.stringMatching(/GRUB .* cannot load over HTTP.* add trixie/) as string,
          },
        ]);
    });

    it('offers HTTP Boot to the DHCP server only if it works', async () => {
      const { stdout, code } = await runPxeboot([
        ...['dhcp', 'dnsmasq', '--address', '192.0.2.9', '--data-dir', store],
      ]);
      expect(code).toBe(0);
      expect(stdout).toContain('option:client-arch,7');
      expect(stdout.includes('HTTPClient')).toBe(bootsByHttp);
      expect(stdout.includes('option:client-arch,16')).toBe(bootsByHttp);
    });

    it('prints lines for DHCPv6 with an IPv6 address', async () => {
      const args = ['--address', '2001:db8::9', '--data-dir', store];
      const { stdout, code } = await runPxeboot(['dhcp', 'kea', ...args]);
      expect(code).toBe(0);
      expect(stdout).toContain('tftp://[2001:db8::9]/bootnetx64.efi');
      expect(stdout).toContain('http://[2001:db8::9]:8069/menu.ipxe');
      expect(await runPxeboot(['dhcp', 'mikrotik', ...args])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('there is no DHCPv6 configuration for mikrotik') as string,
      });
    });
  },
);
