import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';
import { unpackedPackages } from './support/debian-packages.js';
import { TEST_STORE } from './support/test-store.js';

const run = promisify(execFile);

/** Fetches a file from the daemon with a third-party program. */
type Fetch = (daemon: RunningDaemon, path: string, to: string) => Promise<unknown>;

const CLIENTS: Readonly<Record<string, { program: string; fetch: Fetch }>> = {
  'tftp-hpa': {
    program: 'tftp',
    fetch: (daemon, path, to) =>
      run('tftp', [
        '-m',
        'binary',
        '127.0.0.1',
        String(daemon.port('tftp')),
        '-c',
        'get',
        path,
        to,
      ]),
  },
  atftp: {
    program: 'atftp',
    fetch: (daemon, path, to) =>
      run('atftp', [
        ...['--option', 'blksize 1428', '--option', 'windowsize 16', '--get'],
        ...['--remote-file', path, '--local-file', to, '127.0.0.1', String(daemon.port('tftp'))],
      ]),
  },
  'busybox tftp': {
    program: 'busybox',
    fetch: (daemon, path, to) =>
      run('busybox', [
        ...['tftp', '-g', '-b', '1400', '-r', path, '-l', to],
        ...['127.0.0.1', String(daemon.port('tftp'))],
      ]),
  },
  'curl over TFTP': {
    program: 'curl',
    fetch: (daemon, path, to) =>
      run('curl', [
        '-sS',
        '--tftp-blksize',
        '1428',
        '-o',
        to,
        `tftp://127.0.0.1:${daemon.port('tftp')}/${path}`,
      ]),
  },
  'curl over HTTP': {
    program: 'curl',
    fetch: (daemon, path, to) =>
      run('curl', ['-sSf', '-o', to, `http://127.0.0.1:${daemon.port('http')}/${path}`]),
  },
};

const IMAGES_13 = 'usr/lib/debian-installer/images/13/amd64';
const IMAGES_12 = 'usr/lib/debian-installer/images/12/amd64';

describe.skipIf(lacks('apt-get', 'dpkg-deb'))('files served to real clients', () => {
  let daemon: RunningDaemon;
  let directory: string;
  /** Served path, and the same file in Debian's package. */
  let files: readonly (readonly [served: string, packaged: string])[];

  beforeAll(async () => {
    const store = TEST_STORE;
    const trixie = await unpackedPackages('trixie', [
      'debian-installer-13-netboot-amd64',
      'pxelinux',
      'syslinux-common',
    ]);
    const bookworm = await unpackedPackages('bookworm', ['debian-installer-12-netboot-amd64']);
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-clients-'));
    daemon = await RunningDaemon.start(['--data-dir', store]);
    const installer = (suite: string, variant: string, file: string): string => {
      const generation = new RegExp(
        `/debian/${suite}/[^/]+/amd64/${variant}/${file.replace('.', '\\.')}`,
      ).exec(menuText);
      return generation?.[0].slice(1) ?? `no ${suite} ${variant} in the menu`;
    };
    const menu = await fetch(`http://127.0.0.1:${daemon.port('http')}/pxelinux.cfg/default`);
    const menuText = await menu.text();
    files = [
      ['lpxelinux.0', join(trixie, 'usr/lib/PXELINUX/lpxelinux.0')],
      ['ldlinux.c32', join(trixie, 'usr/lib/syslinux/modules/bios/ldlinux.c32')],
      ['vesamenu.c32', join(trixie, 'usr/lib/syslinux/modules/bios/vesamenu.c32')],
      [
        installer('trixie', 'text', 'linux'),
        join(trixie, IMAGES_13, 'text/debian-installer/amd64/linux'),
      ],
      [
        installer('trixie', 'text', 'initrd.gz'),
        join(trixie, IMAGES_13, 'text/debian-installer/amd64/initrd.gz'),
      ],
      [
        installer('bookworm', 'gtk', 'initrd.gz'),
        join(bookworm, IMAGES_12, 'gtk/debian-installer/amd64/initrd.gz'),
      ],
    ];
  }, 600_000);

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  for (const [name, { program, fetch: get }] of Object.entries(CLIENTS)) {
    it.skipIf(lacks(program))(`${name} gets Debian's files byte for byte`, async () => {
      for (const [served, packaged] of files) {
        const to = join(directory, `${name}-${served.replaceAll('/', '-')}`);
        await get(daemon, served, to);
        expect(await sha256(to), served).toBe(await sha256(packaged));
        await rm(to);
      }
    });
  }

  it('are logged with one line per transfer', async () => {
    const served = daemon.log.filter(({ event }) => event === 'tftp.transfer');
    const [linux] = files.filter(([path]) => path.endsWith('/linux'));
    const { size } = served.find(({ file }) => String(file).endsWith('/linux')) ?? {};
    expect(size).toBe((await readFile(linux![1])).byteLength);
    expect(served.filter(({ outcome }) => outcome === 'completed').length).toBeGreaterThanOrEqual(
      4 * files.length,
    );
  });
});

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
