import { describe, expect, it } from 'vitest';

import { type BootFormat, type StoredEntry } from '@pxe/debian-netboot';
import { type Arch } from '@pxe/debian-netboot/catalog';

import { storedTarget } from '../../test/support/stored-target.js';
import { grubConfig } from '../boot-files/grub.js';
import { ipxeMenu } from '../boot-files/ipxe.js';
import { pxelinuxConfig } from '../boot-files/pxelinux.js';
import { type BootFileSettings, type ClientClass } from '../boot-files/settings.js';
import { uBootConfig } from '../boot-files/u-boot.js';
import { ownEntries } from '../config/own-entries.js';
import { configSchema } from '../config/schema.js';
import { type MemoryContent } from '../content/content.js';
import { planOfUnknown } from '../hosts/boot-plan.js';

const HASH = 'a'.repeat(64);
const file = { sha256: HASH, size: 5 };
const FOLDER = HASH.slice(0, 16);

const config = configSchema.parse({
  menu: {
    entries: [
      'memtest',
      { id: 'linux', title: 'Linux', kernel: '/k', initrds: ['/a', '/b'], args: 'quiet' },
      { id: 'nbp', title: 'Program', loader: '/p.0' },
      { id: 'script', title: 'Script', loader: '/s.ipxe' },
      { id: 'board', title: 'Board', kernel: '/i', initrds: ['/j'] },
      { id: 'pinned', title: 'Pinned', kernel: { path: '/k', sha256: 'b'.repeat(64) } },
    ],
  },
});

function part(
  role: 'kernel' | 'loader',
  ...formats: readonly BootFormat[]
): StoredEntry['files'][number] {
  return { role, file, formats, isSigned: formats.includes('arm64-kernel') };
}

const initrd = { role: 'initrd', file } as const;

const stored: readonly StoredEntry[] = [
  {
    id: 'memtest',
    package: 'memtest86+',
    files: [
      part('kernel', 'bios-kernel'),
      part('loader', 'efi-i386'),
      part('loader', 'bios-kernel', 'efi-amd64'),
    ],
  },
  { id: 'linux', files: [part('kernel', 'bios-kernel', 'efi-amd64'), initrd, initrd] },
  { id: 'nbp', files: [part('loader', 'bios-program')] },
  { id: 'script', files: [part('loader', 'ipxe-script')] },
  { id: 'board', files: [part('kernel', 'efi-arm64', 'arm64-kernel'), initrd] },
  { id: 'pinned', files: [part('kernel', 'bios-kernel')] },
];

const manifest = {
  id: 'g1',
  createdAt: '2026-11-22T00:00:00.000Z',
  targets: [storedTarget('amd64'), storedTarget('arm64')],
  efiLoaders: [],
  entries: stored,
};

const findings: string[] = [];

function settings(menu: object = {}): BootFileSettings {
  return {
    menu: { ...config.menu, kernelArgs: '', ...menu },
    entries: ownEntries(config.menu.entries),
    advertise: 'auto',
    httpAddresses: () => [],
    onMenuFinding: (loader, { message }) => findings.push(`${loader}: ${message}`),
  };
}

function textOf(content: MemoryContent | undefined): string {
  return new TextDecoder().decode(content?.bytes);
}

const client: ClientClass = { origin: 'http://192.0.2.1', loader: 'lpxelinux' };

function grub(arch: Arch, boot = 'menu', menu: object = {}): string {
  const loaders = { suite: 'trixie', arch, build: '1', hasHttp: true, files: {} } as const;
  const asking = { ...client, plan: planOfUnknown(boot) };
  return textOf(grubConfig(asking, manifest, settings(menu), loaders));
}

describe('extra entries', () => {
  it('are shown by PXELINUX if a BIOS can start them: kernels with a URL or TFTP path, programs with a TFTP path', () => {
    const text = textOf(pxelinuxConfig(client, manifest, settings()));
    const root = `http://192.0.2.1/entries`;
    expect(text).toContain(`LINUX ${root}/memtest/${FOLDER}/kernel\n`);
    expect(text).toContain(
      `LINUX ${root}/linux/${FOLDER}/kernel\n  INITRD ${root}/linux/${FOLDER}/initrd-1,${root}/linux/${FOLDER}/initrd-2\n  APPEND quiet\n`,
    );
    expect(text).toContain(`PXE ::entries/nbp/${FOLDER}/loader\n`);
    expect(text).not.toMatch(/LABEL (?:script|board|pinned)\n/);
    const tftp = textOf(pxelinuxConfig({ ...client, loader: 'pxelinux' }, manifest, settings()));
    expect(tftp).toContain(`LINUX ::entries/memtest/${FOLDER}/kernel\n`);
    expect(findings).toContain(
      'syslinux: PXELINUX does not show the entry script: its file is for another loader (ipxe-script)',
    );
    expect(findings.join()).toContain('the entry pinned: its files are not in the store');
  });

  it('are hidden by GRUB under Secure Boot unless they are signed', () => {
    const text = grub('amd64');
    expect(text).toContain(
      `if [ "$lockdown" != y ]; then\n  menuentry 'Memory test (Memtest86+)' --id 'memtest' {\n    chainloader`,
    );
    expect(text).toContain(`/entries/linux/${FOLDER}/initrd-1`);
    expect(text).not.toMatch(/'(?:nbp|script|board)'/);
    expect(grub('arm64')).toContain("--id 'board'");
  });

  it('may be the default and the plan of a host, and never keep the disk from booting', () => {
    const text = grub('amd64', 'memtest');
    expect(text).toContain("menuentry 'Memory test (Memtest86+)' --id 'start'");
    expect(text).toMatch(
      /if \[ "\$lockdown" != y \]; then\n {2}set default='0'\n {2}set timeout=3\nelse\n {2}set default='\d+'\n/,
    );
    const chosen = { ...settings({ default: 'memtest' }) };
    expect(textOf(pxelinuxConfig(client, manifest, chosen))).toContain(
      'MENU LABEL Memory test (Memtest86+)\n  MENU DEFAULT\n',
    );
    // The default is not for this loader: the disk boots instead, as if the entry did not exist.
    const other = settings({ default: 'script' });
    expect(textOf(pxelinuxConfig(client, manifest, other))).toMatch(
      /LABEL local\n.*\n\s+MENU DEFAULT/,
    );
  });

  it('are never what an unattended installation starts', () => {
    const entries = [{ id: 'x-text-auto', title: 'X', kernel: '/k' }];
    const { menu } = configSchema.parse({ menu: { entries } });
    const files = [part('kernel', 'bios-kernel')];
    const own = { ...manifest, entries: [{ id: 'x-text-auto', files }] };
    const asking = {
      ...client,
      plan: {
        ...planOfUnknown('install'),
        install: { kernelFolder: '/s/1', kernelArgs: () => '' },
      },
    };
    const chosen = { ...settings(), entries: ownEntries(menu.entries) };
    const started = /LABEL start\n(?:.*\n)*? +LINUX (.*)\n/;
    expect(started.exec(textOf(pxelinuxConfig(asking, own, chosen)))?.[1]).toMatch(
      /^http:\/\/192\.0\.2\.1\/s\/1\/debian\/trixie\//,
    );
    const empty = { ...own, targets: [] };
    expect(textOf(pxelinuxConfig(asking, empty, chosen))).not.toMatch(started);
  });

  it('are shown by iPXE and U-Boot according to the same rules', () => {
    const bios = textOf(ipxeMenu(client, manifest, settings(), ['amd64', 'i386']));
    expect(bios).toContain(`/entries/memtest/${FOLDER}/kernel`);
    expect(bios).toContain(`chain http://192.0.2.1/entries/nbp/${FOLDER}/loader ||`);
    expect(bios).toContain(`chain http://192.0.2.1/entries/script/${FOLDER}/loader ||`);
    const efi = textOf(ipxeMenu(client, manifest, settings(), ['amd64']));
    expect(efi).toContain(`chain http://192.0.2.1/entries/memtest/${FOLDER}/loader.efi ||`);
    expect(efi).not.toContain('/entries/nbp/');
    const board = textOf(uBootConfig(manifest, settings()));
    expect(board).toContain(`LINUX /entries/board/${FOLDER}/kernel\nINITRD /entries/board/`);
    expect(board).not.toContain('/entries/linux/');
  });

  it('are left out by a loader that supports fewer initrds than they have', () => {
    const two = [{ id: 'linux', files: [part('kernel', 'arm64-kernel'), initrd, initrd] }];
    const text = textOf(uBootConfig({ ...manifest, entries: two }, settings()));
    expect(text).not.toContain('LABEL linux\n');
    expect(findings).toContain(
      'U-Boot: U-Boot does not show the entry linux: it has 2 initrds, and this loader loads only 1',
    );
  });
});
