import { describe, expect, it } from 'vitest';

import { ARCHES, type Generation } from '@pxe/debian-netboot';

import { biosLoaders, efiLoaders } from '../../test/support/boot-loaders.js';
import { storedTarget } from '../../test/support/stored-target.js';
import { machineConfigPath } from '../access/machine-identity.js';
import { configSchema, type ServerConfig } from '../config/schema.js';
import { type Content, textContent } from '../content/content.js';
import { type BootPlan } from '../hosts/boot-plan.js';
import { createInstallService } from '../installs/install-service.js';
import { type BootClient } from '../namespace/boot-namespace.js';
import { createLoaderMemory } from '../namespace/loader-memory.js';
import { bootFiles } from './boot-files.js';
import { type BootFileSettings } from './settings.js';

const client: BootClient = { transport: 'http', address: '10.0.0.5', localAddress: '10.0.0.1' };

function generation(id: string): Generation {
  return {
    id,
    manifest: {
      id,
      createdAt: '2026-11-22T00:00:00.000Z',
      targets: [storedTarget('arm64')],
      biosLoaders,
      efiLoaders: ARCHES.map((arch) => efiLoaders('trixie', arch, true)),
    },
  };
}

const DEFAULTS = settingsWith('Debian');

function settingsWith(title: string): BootFileSettings {
  return {
    advertise: 'auto',
    httpAddresses: () => [{ address: '::', port: 8069 }],
    menu: { title, timeout: 30, default: 'local', stale: 'mark', kernelArgs: '' },
  };
}

function filesOf(loaders = createLoaderMemory(), settings = () => DEFAULTS) {
  const { files, ownConfig } = bootFiles(settings, loaders, textContent('a picture'));
  return {
    ownConfig,
    paths: [...files.keys()],
    file: (path: string, asking: BootClient, of: Generation): Content | undefined =>
      files.get(path)?.(asking, of),
  };
}

function plansOf(hosts: ServerConfig['hosts'] = [], unknown: ServerConfig['unknown']) {
  const logger = { info: () => undefined, warn: () => undefined };
  const settings = { hosts, unknown, templates: new Map(), entries: [], kernelArgs: '' };
  const service = createInstallService({ settings, logger, isShared: false });
  service.close();
  return service.planOf;
}

function textOf(content: Content | undefined): string | undefined {
  return content?.kind === 'memory' ? new TextDecoder().decode(content.bytes) : undefined;
}

describe('bootFiles', () => {
  const current = generation('g1');
  const { paths } = filesOf();

  it.each(paths)('renders %s once for clients of one class', (path) => {
    const { file } = filesOf();
    const first = file(path, client, current);
    expect(first).toBeDefined();
    expect(file(path, { ...client, address: '10.0.0.6', transport: 'tftp' }, current)).toBe(first);
  });

  it('renders files again for a new generation', () => {
    const { file } = filesOf();
    const path = '/pxelinux.cfg/default';
    const first = file(path, client, current);
    expect(file(path, client, generation('g2'))).not.toBe(first);
    expect(file(path, client, current)).not.toBe(first);
  });

  it('renders files again for new settings', () => {
    let settings = DEFAULTS;
    const { file } = filesOf(createLoaderMemory(), () => settings);
    const menu = () => textOf(file('/pxelinux.cfg/default', client, current));
    expect(menu()).toContain('MENU TITLE Debian');
    settings = settingsWith('Rack 7');
    expect(menu()).toContain('MENU TITLE Rack 7');
  });

  it('renders separate files per address of this host and per loader', () => {
    const loaders = createLoaderMemory();
    const { file } = filesOf(loaders);
    const path = '/pxelinux.cfg/default';
    const first = file(path, client, current);
    expect(file(path, { ...client, localAddress: '10.0.0.2' }, current)).not.toBe(first);
    loaders.fetched('10.0.0.9', '/pxelinux.0');
    expect(file(path, { ...client, address: '10.0.0.9' }, current)).not.toBe(first);
    expect(file(path, client, current)).toBe(first);
  });
});

describe('bootFiles with a thousand hosts', () => {
  let renderings = 0;
  const settings: BootFileSettings = {
    ...DEFAULTS,
    get menu() {
      renderings += 1;
      return DEFAULTS.menu;
    },
    planOf: ({ mac = '' }) => ({ host: mac, boot: 'local', title: `T ${mac}`, cacheKey: mac }),
  };

  it('renders the menu of each once, in whatever order they are requested', () => {
    const current = generation('g1');
    const { file } = filesOf(createLoaderMemory(), () => settings);
    const menuOf = (number: number): string | undefined => {
      const mac = `52:54:00:00:${(number >> 8).toString(16).padStart(2, '0')}:${(number & 255).toString(16).padStart(2, '0')}`;
      const text = textOf(file('/pxelinux.cfg/default', { ...client, identity: { mac } }, current));
      expect(text).toContain(`MENU TITLE T ${mac}\n`);
      return text;
    };
    const numbers = Array.from({ length: 1000 }, (_none, number) => number);
    const first = numbers.map(menuOf);
    renderings = 0;
    expect(numbers.map(menuOf)).toEqual(first);
    expect(renderings).toBe(0);
  });
});

describe('bootFiles for an armed machine', () => {
  let made = 0;
  const plan: BootPlan = {
    host: 'web1',
    boot: 'install',
    cacheKey: undefined,
    get install() {
      made++;
      const digits = String(made).padStart(32, '0');
      return {
        kernelFolder: `/s/${digits}`,
        kernelArgs: (origin: string) =>
          `url=${origin}/p/${digits}-_abcdefghi/preseed.cfg hostname=web1`,
      };
    },
  };
  let isCounting = false;
  let renderings = 0;
  const settings: BootFileSettings = {
    ...DEFAULTS,
    get menu() {
      renderings += isCounting ? 1 : 0;
      return DEFAULTS.menu;
    },
    planOf: () => plan,
  };
  const targets = [storedTarget('amd64'), storedTarget('arm64')];
  const current = { ...generation('g1'), manifest: { ...generation('g1').manifest, targets } };
  const { paths, file } = filesOf(createLoaderMemory(), () => settings);
  const secrets = /\/s\/\d{32}|\d{32}-_abcdefghi/g;

  it.each(paths)('has new secrets each time in %s, which is rendered once', (path) => {
    const first = textOf(file(path, client, current)) ?? '';
    isCounting = true;
    renderings = 0;
    const second = textOf(file(path, client, current)) ?? '';
    isCounting = false;
    expect(renderings).toBe(0);
    expect(second.replaceAll(secrets, '')).toBe(first.replaceAll(secrets, ''));
    const [before, after] = [first, second].map((text) => new Set(text.match(secrets)));
    expect(after?.size).toBe(before?.size);
    expect([...(after ?? [])].filter((secret) => before?.has(secret))).toEqual([]);
  });

  const changedSettings: readonly Partial<BootPlan>[] = [
    { suite: 'bookworm' },
    { arch: 'arm64' },
    { kernelArgs: 'console=ttyS1' },
    { title: 'T' },
  ];

  it.each(changedSettings)('is rendered again once its host has %j', (changes) => {
    let own = plan;
    const ownSettings = { ...settings, planOf: () => own };
    const { file: fileOf } = filesOf(createLoaderMemory(), () => ownSettings);
    const text = (): string | undefined =>
      textOf(fileOf('/pxelinux.cfg/default', client, current))?.replaceAll(secrets, '');
    const before = text();
    own = { ...plan, ...changes };
    expect(text()).not.toBe(before);
  });

  it('contains the secrets of the plan', () => {
    const text = textOf(file('/pxelinux.cfg/default', client, current)) ?? '';
    expect(text.match(secrets)).toHaveLength(2);
  });

  it('has a new folder for the kernel in the menu of a loader that only supports TFTP', () => {
    const loaders = createLoaderMemory();
    loaders.fetched(client.address, '/pxelinux.0');
    const overTftp = filesOf(loaders, () => settings);
    const asking: BootClient = { ...client, transport: 'tftp' };
    const folders = [1, 2].map(() => {
      const text = textOf(overTftp.file('/pxelinux.cfg/default', asking, current));
      return /(?:KERNEL|LINUX) ::s\/(\d{32})\//.exec(text ?? '')?.[1];
    });
    expect(folders).toEqual([expect.any(String), expect.any(String)]);
    expect(folders[0]).not.toBe(folders[1]);
  });
});

describe('bootFiles for unknown machines that are to be installed', () => {
  let renderings = 0;
  const settings: BootFileSettings = {
    ...DEFAULTS,
    get menu() {
      renderings += 1;
      return DEFAULTS.menu;
    },
    planOf: ({ mac = '', address }): BootPlan => {
      const own = { host: mac, isUnknown: true, matchedBy: 'mac' } as const;
      return mac.endsWith('ff')
        ? { ...own, boot: 'menu', title: `${mac}: no`, cacheKey: `${mac} ${mac}: no` }
        : {
            ...own,
            boot: 'install',
            cacheKey: undefined,
            install: {
              kernelFolder: `/s/${'0'.repeat(32)}`,
              kernelArgs: (origin: string) =>
                `url=${origin}/p/${'0'.repeat(43)}/preseed.cfg hostname=pc-${mac} x=${address}`,
            },
          };
    },
  };
  const targets = [storedTarget('amd64'), storedTarget('arm64')];
  const current = { ...generation('g1'), manifest: { ...generation('g1').manifest, targets } };
  const { paths, file } = filesOf(createLoaderMemory(), () => settings);
  const textFor = (path: string, mac: string, address = client.address): string =>
    textOf(file(path, { ...client, address, identity: { mac } }, current)) ?? '';

  it.each(paths)('renders %s once, and fills in the MAC address of each', (path) => {
    for (const end of ['00', 'ff']) {
      const [one, other] = [`52:54:00:00:01:${end}`, `52:54:00:00:02:${end}`];
      const first = textFor(path, one);
      renderings = 0;
      const second = textFor(path, other);
      expect(renderings).toBe(0);
      expect(second.replaceAll(other, one)).toBe(first);
    }
  });

  const addresses = ['10.0.0.77', '2001:db8::77', 'fe80::77%eth0'];

  it.each(addresses)('renders the menu for addresses such as %s once', (other) => {
    const path = '/pxelinux.cfg/default';
    const mac = '52:54:00:00:01:00';
    const first = textFor(path, mac, other.replace('77', '66'));
    renderings = 0;
    const second = textFor(path, mac, other);
    expect(renderings).toBe(0);
    expect(second).toContain(` x=${other}`);
    expect(first).not.toContain(other);
    expect(second.replaceAll(other, other.replace('77', '66'))).toBe(first);
  });

  it('names the machine in its menu and in the arguments of its kernel', () => {
    const path = '/pxelinux.cfg/default';
    const mac = '52:54:00:00:01:00';
    const menu = textFor(path, mac);
    expect(menu).toContain(`MENU LABEL Install ${mac}: `);
    expect(menu).toContain(` hostname=pc-${mac} `);
    expect(textFor(path, '52:54:00:00:01:ff')).toContain('MENU TITLE 52:54:00:00:01:ff: no\n');
  });
});

describe('bootFiles with hosts', () => {
  const MAC = '52:54:00:00:00:01';
  const UUID = '4c4c4544-0042-3010-8056-b4c04f595131';
  const { hosts, unknown } = configSchema.parse({
    hosts: [
      { name: 'web1', match: { mac: MAC }, title: 'Web 1', kernelArgs: 'x=1' },
      { name: 'db1', match: { uuid: UUID }, boot: 'local' },
      { name: 'rack', match: { subnet: '10.0.7.0/24' }, boot: 'trixie-amd64-text-auto' },
      { name: 'board', match: { mac: '52:54:00:00:00:04' }, boot: 'local', arch: 'arm64' },
      { name: 'late', match: { uuid: UUID.replace(/1$/, '2') }, title: 'Late' },
    ],
  });
  const settings = { ...DEFAULTS, planOf: plansOf(hosts, unknown) };
  const both: Generation = {
    ...generation('g1'),
    manifest: {
      ...generation('g1').manifest,
      targets: [storedTarget('amd64'), storedTarget('arm64')],
    },
  };
  const bios = createLoaderMemory();
  bios.fetched(client.address, '/lpxelinux.0');
  const { file, ownConfig } = filesOf(bios, () => settings);
  const tftp: BootClient = { ...client, transport: 'tftp' };
  const inRack: BootClient = { ...tftp, address: '10.0.7.9' };
  const web1: BootClient = { ...tftp, identity: { mac: MAC } };

  it("gives PXELINUX the host's menu, with the host's kernel arguments after the general ones", () => {
    const menu = textOf(ownConfig(web1, both));
    expect(menu).toContain('MENU TITLE Web 1\n');
    expect(menu).toMatch(/APPEND vga=788 x=1 --- quiet\n/);
    expect(ownConfig(web1, both)).toBe(ownConfig(web1, both));
    expect(textOf(file('/pxelinux.cfg/default', tftp, both))).toContain('MENU TITLE Debian\n');
  });

  it('has no separate file for a machine that no host matches', () => {
    expect(ownConfig({ ...tftp, identity: { mac: '52:54:00:00:00:99' } }, both)).toBeUndefined();
  });

  it('leaves PXELINUX, including menu.c32, immediately for a machine that boots its disk', () => {
    const menu = textOf(ownConfig({ ...tftp, identity: { uuid: UUID } }, both));
    expect(menu).toMatch(/^DEFAULT local\nPROMPT 0\nMENU TITLE Debian\nLABEL local\n/);
    expect(menu).toContain('  LOCALBOOT 0\n');
    expect(menu).not.toMatch(/^UI|LINUX/m);
  });

  it('waits for the request by MAC address if that by UUID matched only the IP address', () => {
    const uuid = '4c4c4544-0042-3010-8056-b4c04f595139';
    expect(ownConfig({ ...inRack, identity: { uuid } }, both)).toBeUndefined();
    expect(ownConfig({ ...inRack, identity: { mac: MAC } }, both)).toBeDefined();
    // An earlier host matches, by IP address, a machine that a later host matches by UUID.
    const late = { uuid: UUID.replace(/1$/, '2') };
    expect(ownConfig({ ...inRack, identity: late }, both)).toBeUndefined();
    expect(ownConfig({ ...tftp, identity: late }, both)).toBeDefined();
  });

  it('starts an entry in three seconds, shown above the images', () => {
    const [menu, grub, ipxe] = [
      textOf(file('/pxelinux.cfg/default', inRack, both)),
      textOf(file(machineConfigPath('amd64'), inRack, both)),
      textOf(file('/ipxe/x86_64.ipxe', inRack, both)),
    ];
    expect(menu).toMatch(
      /TIMEOUT 30\n[\s\S]*?LABEL start\n +MENU LABEL Debian 13 \(trixie\) amd64, text installer: Automated install\n +MENU DEFAULT\n +LINUX .*linux\n/,
    );
    expect(grub).toMatch(/^set pxeboot_menu=own\nset default='0'\nset timeout=3\n/);
    expect(ipxe).toMatch(/choose --default start --timeout \$\{clock\} selected/);
    expect(ipxe).toContain('set clock 3000');
  });

  it('gives GRUB and iPXE the same menus', () => {
    const grub = (asking: BootClient) => textOf(file(machineConfigPath('amd64'), asking, both));
    const ipxe = (asking: BootClient) => textOf(file('/ipxe/x86_64.ipxe', asking, both));
    const db1: BootClient = { ...tftp, identity: { uuid: UUID } };
    expect(grub(tftp)).not.toContain('pxeboot_menu');
    expect(grub(web1)).toMatch(/^set pxeboot_menu=own\n/);
    expect(grub(web1)).toMatch(/linux .*x=1 --- quiet/);
    expect(grub(web1)).toContain(
      '/m/${net_default_mac}/${uuid}/debian-installer/amd64/grub/theme.txt',
    );
    expect(textOf(file('/debian-installer/amd64/grub/theme.txt', web1, both))).toContain('"Web 1"');
    expect(grub(db1)).toMatch(/set timeout=0\n/);
    expect(grub(db1)).not.toMatch(/theme|linux /);
    expect(ipxe(web1)).toContain('menu -- Web 1');
    expect(ipxe(db1)).toMatch(/^#!ipxe\ngoto local\n/);
  });

  it("renders a host's menu only once", () => {
    expect(file('/ipxe/x86_64.ipxe', web1, both)).toBe(file('/ipxe/x86_64.ipxe', web1, both));
  });

  it('sends U-Boot to its next target, under the names that PXELINUX requests as well', () => {
    const board: BootClient = { ...tftp, identity: { mac: '52:54:00:00:00:04' } };
    expect(textOf(ownConfig(board, both))).toBe(
      'PROMPT 0\nDEFAULT local\nLABEL local\nLOCALBOOT 1\n',
    );
    const unseen: BootClient = { ...web1, address: '10.0.0.77' };
    expect(textOf(ownConfig(unseen, both))).toMatch(/^MENU TITLE Web 1 \(Ctrl-C: leave\)\n/);
  });

  it('sends unknown machines to their disk on request', () => {
    const planOf = plansOf(hosts, { boot: 'local' });
    const { file: at } = filesOf(bios, () => ({ ...DEFAULTS, planOf }));
    expect(textOf(at('/pxelinux.cfg/default', tftp, both))).toMatch(/^DEFAULT local\nPROMPT 0\n/);
    expect(textOf(at('/debian-installer/amd64/grub/grub.cfg', tftp, both))).toContain(
      'set timeout=0\n',
    );
    expect(textOf(at('/ipxe/i386.ipxe', tftp, both))).toMatch(/^#!ipxe\ngoto local\n/);
  });
});
