import { describe, expect, it } from 'vitest';

import { type EfiLoaders, type Generation, type StoredFile } from '@pxe/debian-netboot';

import { storedTarget } from '../../test/support/stored-target.js';
import { bootFiles } from '../boot-files/boot-files.js';
import { type BootFileSettings } from '../boot-files/settings.js';
import { textContent } from '../content/content.js';
import {
  type BootClient,
  createBootNamespace,
  type GeneratedFile,
  NOT_READY,
} from './boot-namespace.js';
import { createLoaderMemory } from './loader-memory.js';

const client: BootClient = { transport: 'tftp', address: '10.0.0.5', localAddress: '10.0.0.1' };
const KERNEL = 'amd64/text/linux';

function generation(id: string, build: string, efiLoaders: readonly EfiLoaders[] = []): Generation {
  const file = (name: string): StoredFile => ({ sha256: `${id}:${name}`, size: 7 });
  const loaders = [
    'lpxelinux.0',
    'pxelinux.0',
    'ldlinux.c32',
    'libcom32.c32',
    'libutil.c32',
    'menu.c32',
    'vesamenu.c32',
    'chain.c32',
    'reboot.c32',
    'poweroff.c32',
  ] as const;
  return {
    id,
    manifest: {
      id,
      createdAt: '2026-11-22T00:00:00.000Z',
      targets: [
        {
          suite: 'trixie',
          arch: 'amd64',
          variant: 'text',
          build,
          version: '13.7',
          kernelVersion: '6.12.107+deb13-amd64',
          abi: 'ok',
          carriedOver: false,
          releaseDate: '2026-09-12T08:00:00.000Z',
          files: { linux: file('linux'), 'initrd.gz': file('initrd.gz') },
        },
      ],
      biosLoaders: {
        suite: 'trixie',
        version: '6.04',
        packages: {},
        files: Object.fromEntries(loaders.map((name) => [name, file(name)])) as Record<
          (typeof loaders)[number],
          StoredFile
        >,
      },
      efiLoaders,
    },
  };
}

function namespaceAt(time: { now: number }, loaders = createLoaderMemory()) {
  const settings: BootFileSettings = {
    advertise: 'auto',
    httpAddresses: () => [{ address: '::', port: 8069 }],
    menu: { title: 'Debian', timeout: 30, default: 'local', stale: 'mark', kernelArgs: '' },
  };
  const { files, ownConfig } = bootFiles(() => settings, loaders, textContent('a picture'));
  const generated = new Map<string, GeneratedFile>([
    ...files,
    ['/id', (_asking, { id }) => textContent(id)],
  ]);
  return createBootNamespace({ generated, ownConfig, now: () => time.now });
}

function textAt(namespace: ReturnType<typeof namespaceAt>, path: string, asking = client): string {
  const content = namespace.lookup(path, asking);
  if (content?.kind !== 'memory') {
    throw new Error(`no text at ${path}`);
  }
  return new TextDecoder().decode(content.bytes);
}

describe('boot namespace', () => {
  it('is empty before the first generation', () => {
    const namespace = namespaceAt({ now: 0 });
    expect(namespace.lookup('/lpxelinux.0', client)).toBeUndefined();
    expect(namespace.lookup('/pxelinux.cfg/default', client)).toBeUndefined();
  });

  it('serves only listed paths', () => {
    const namespace = namespaceAt({ now: 0 });
    namespace.use(generation('g1', '1'));
    expect(namespace.lookup('/lpxelinux.0', client)).toEqual({
      kind: 'blob',
      sha256: 'g1:lpxelinux.0',
      size: 7,
      lastModified: expect.any(Number) as number,
      tftpOnly: false,
    });
    for (const path of [
      '/',
      '/debian',
      '/pxelinux.cfg',
      '/pxelinux.cfg/01-52-54-00-12-34-56',
      '/__proto__',
      '/constructor',
    ]) {
      expect(namespace.lookup(path, client)).toBeUndefined();
    }
  });

  it('switches everything in one step, and serves the previous images for two more hours', () => {
    const time = { now: 0 };
    const namespace = namespaceAt(time);
    namespace.use(generation('g1', '1'));
    namespace.use(generation('g2', '2'));
    expect(namespace.lookup('/ldlinux.c32', client)).toMatchObject({ sha256: 'g2:ldlinux.c32' });
    expect(textAt(namespace, '/id')).toBe('g2');
    time.now = 2 * 60 * 60 * 1000 - 1;
    expect(namespace.lookup(`/debian/trixie/1/${KERNEL}`, client)).toMatchObject({
      sha256: 'g1:linux',
    });
    time.now++;
    expect(namespace.lookup(`/debian/trixie/1/${KERNEL}`, client)).toBeUndefined();
    expect(namespace.lookup(`/debian/trixie/2/${KERNEL}`, client)).toMatchObject({
      sha256: 'g2:linux',
    });
  });

  it('serves the images of the next generation and of earlier ones, but not their loaders', () => {
    const time = { now: 60_000 };
    const namespace = namespaceAt(time);
    const replacedAt = Date.now() - 7_000_000;
    namespace.alsoServe([
      { generation: generation('g1', '1'), replacedAt },
      { generation: generation('g0', '0'), replacedAt: replacedAt - 7_200_000 },
    ]);
    namespace.use(generation('g2', '2'));
    namespace.alsoServe([{ generation: generation('g3', '3') }]);
    const builds = (): readonly string[] =>
      ['0', '1', '2', '3', '4'].filter(
        (build) => namespace.lookup(`/debian/trixie/${build}/${KERNEL}`, client) !== undefined,
      );
    expect(builds()).toEqual(['1', '2', '3']);
    expect(namespace.lookup('/ldlinux.c32', client)).toMatchObject({ sha256: 'g2:ldlinux.c32' });
    time.now += 7_100_000;
    expect(builds()).toEqual(['2', '3']);
    // A generation that was never used is replaced all the same.
    namespace.use(generation('g4', '4'));
    expect(builds()).toEqual(['2', '3', '4']);
    time.now += 7_200_000;
    expect(builds()).toEqual(['4']);
  });

  it('gives changed content a later date, even on a rollback', () => {
    let wallClock = Date.UTC(2026, 10, 28, 8, 0, 0, 500);
    const namespace = createBootNamespace({ generated: new Map(), wallClock: () => wallClock });
    const date = (path: string): string => {
      const content = namespace.lookup(path, client);
      return content?.kind === 'blob' ? new Date(content.lastModified).toISOString() : '';
    };
    const first = generation('g1', '1');
    const second = generation('g2', '2');
    const same = second.manifest.biosLoaders!.files;
    Object.assign(same, { 'menu.c32': first.manifest.biosLoaders!.files['menu.c32'] });
    namespace.use(first);
    expect(date('/lpxelinux.0')).toBe('2026-11-28T08:00:00.000Z');
    wallClock += 60_000;
    namespace.use(second);
    expect(date('/lpxelinux.0')).toBe('2026-11-28T08:01:00.000Z');
    expect(date('/menu.c32')).toBe('2026-11-28T08:00:00.000Z');
    wallClock -= 3_600_000;
    namespace.use(first);
    expect(date('/lpxelinux.0')).toBe('2026-11-28T08:01:01.000Z');
  });

  it('writes URLs with the requested address for lpxelinux.0, and TFTP paths for pxelinux.0', () => {
    const loaders = createLoaderMemory();
    const namespace = namespaceAt({ now: 0 }, loaders);
    namespace.use(generation('g1', '1'));
    const url = `http://10.0.0.1:8069/debian/trixie/1/${KERNEL}`;
    expect(textAt(namespace, '/pxelinux.cfg/default')).toContain(url);
    loaders.fetched(client.address, '/pxelinux.0');
    expect(textAt(namespace, '/pxelinux.cfg/default')).toContain(`::debian/trixie/1/${KERNEL}`);
    expect(textAt(namespace, '/pxelinux.cfg/default')).not.toContain('http://');
    expect(
      textAt(namespace, '/pxelinux.cfg/default', { ...client, address: '10.0.0.6' }),
    ).toContain(url);
  });

  it('does not change the menu because of a mere request', () => {
    const namespace = namespaceAt({ now: 0 });
    namespace.use(generation('g1', '1'));
    namespace.lookup('/pxelinux.0', client);
    expect(textAt(namespace, '/pxelinux.cfg/default')).toContain('http://10.0.0.1:8069/');
  });

  describe('for UEFI', () => {
    const pair = (suite: 'trixie' | 'bookworm', hasHttp: boolean): EfiLoaders => ({
      suite,
      arch: 'amd64',
      build: '1',
      hasHttp,
      files: {
        'bootnetx64.efi': { sha256: `${suite}:shim`, size: 7 },
        'grubx64.efi': { sha256: `${suite}:grub`, size: 7 },
        'grub/x86_64-efi/command.lst': { sha256: `${suite}:list`, size: 7 },
      },
    });
    const grubCfg = '/debian-installer/amd64/grub/grub.cfg';
    const http: BootClient = { ...client, transport: 'http' };

    it('serves shim and GRUB in the root and in the folder of the architecture', () => {
      const namespace = namespaceAt({ now: 0 });
      namespace.use(generation('g1', '1', [pair('trixie', true)]));
      for (const path of ['/grubx64.efi', '/debian-installer/amd64/grubx64.efi']) {
        expect(namespace.lookup(path, client)).toMatchObject({ sha256: 'trixie:grub' });
        expect(namespace.lookup(path, http)).toMatchObject({ sha256: 'trixie:grub' });
      }
      expect(
        namespace.lookup('/debian-installer/amd64/grub/x86_64-efi/command.lst', client),
      ).toMatchObject({ sha256: 'trixie:list' });
      expect(namespace.lookup('/grub/x86_64-efi/command.lst', client)).toBeUndefined();
    });

    it('prefers the pair that can load over HTTP, for every suite', () => {
      const namespace = namespaceAt({ now: 0 });
      namespace.use(generation('g1', '1', [pair('trixie', false), pair('bookworm', true)]));
      expect(namespace.lookup('/grubx64.efi', client)).toMatchObject({ sha256: 'bookworm:grub' });
      expect(textAt(namespace, grubCfg)).toContain(
        `(http,10.0.0.1:8069)/m/\${net_default_mac}/debian/trixie/1/${KERNEL}`,
      );
    });

    it('falls back to TFTP paths, and serves no loader over HTTP, if GRUB has no http', () => {
      const namespace = namespaceAt({ now: 0 });
      namespace.use(generation('g1', '1', [pair('bookworm', false)]));
      expect(textAt(namespace, grubCfg)).toContain(
        ` "/m/\${net_default_mac}/debian/trixie/1/${KERNEL}`,
      );
      expect(textAt(namespace, grubCfg)).not.toContain('(http');
      expect(namespace.lookup('/grubx64.efi', client)).toMatchObject({ sha256: 'bookworm:grub' });
      for (const path of ['/bootnetx64.efi', '/debian-installer/amd64/grubx64.efi']) {
        expect(namespace.lookup(path, http)).toBeUndefined();
        expect(namespace.refusalReason(path, http)).toMatch(/GRUB .* cannot load over HTTP/);
        expect(namespace.refusalReason(path, client)).toBeUndefined();
      }
      expect(namespace.refusalReason('/none.efi', http)).toBeUndefined();
    });

    it("serves a machine's own part of grub.cfg, and files below paths with its identifiers", () => {
      const namespace = namespaceAt({ now: 0 });
      namespace.use(generation('g1', '1', [pair('trixie', true)]));
      const machine = '/m/52:54:00:12:34:56';
      expect(textAt(namespace, grubCfg)).toContain(
        'source "(http,10.0.0.1:8069)/m/${net_default_mac}/amd64/${uuid}.cfg"\n',
      );
      for (const path of [
        `${machine}/amd64/1b2f5c1e-83a0-4b8f-a9d7-0c9d6c3f0a11.cfg`,
        '/m/amd64/.cfg',
      ]) {
        expect(textAt(namespace, path, http)).toMatch(/^#/);
      }
      const file = namespace.lookup(`/debian/trixie/1/${KERNEL}`, http);
      expect(namespace.lookup(`${machine}/debian/trixie/1/${KERNEL}`, http)).toBe(file);
      expect(file).toBeDefined();
      expect(namespace.lookup(`${machine}/none`, http)).toBeUndefined();
      expect(namespace.refusalReason(`${machine}/LPXELINUX.0`, http)).toContain('lpxelinux.0');
    });

    it('has no grub.cfg for an architecture without loaders', () => {
      const namespace = namespaceAt({ now: 0 });
      namespace.use(generation('g1', '1', [pair('trixie', true)]));
      expect(namespace.lookup('/debian-installer/arm64/grub/grub.cfg', client)).toBeUndefined();
    });
  });

  it.each([
    ['a DHCP option', '/lpxelinux.0\x01\x04\xff\xff\xff'],
    ['a line end', '/lpxelinux.0\r\n'],
    ['a letter and a line end', '/lpxelinux.0x\n'],
    ['one stray byte', '/lpxelinux.0\xff'],
    ['a stray byte decoded as UTF-8', '/lpxelinux.0\ufffd'],
    ['junk with slashes', '/lpxelinux.0\xff/\x01/x'],
  ])('finds the name before junk: %s', (_what, path) => {
    const namespace = namespaceAt({ now: 0 });
    namespace.use(generation('g1', '1'));
    expect(namespace.servedPath(path)).toBe('/lpxelinux.0');
    expect(namespace.lookup(path, client)).toMatchObject({ sha256: 'g1:lpxelinux.0' });
  });

  it('finds the longest name before junk, and no name if there is no junk', () => {
    const namespace = namespaceAt({ now: 0 });
    namespace.use(generation('g1', '1'));
    namespace.use(generation('g2', '2'));
    expect(namespace.servedPath('/pxelinux.cfg/default\n')).toBe('/pxelinux.cfg/default');
    expect(namespace.servedPath(`/debian/trixie/1/${KERNEL}\xff`)).toBe(
      `/debian/trixie/1/${KERNEL}`,
    );
    expect(namespace.servedPath('/lpxelinux.0x')).toBeUndefined();
    expect(namespace.servedPath(`/${'x'.repeat(200)}\xff`)).toBeUndefined();
  });

  it('explains which file a missing name probably meant', () => {
    const namespace = namespaceAt({ now: 0 });
    expect(namespace.refusalReason('/lpxelinux.0', client)).toBe(NOT_READY.none);
    namespace.use(generation('g1', '1'));
    expect(namespace.refusalReason('/LPXELINUX.0', client)).toContain('lpxelinux.0');
    expect(namespace.refusalReason('/lpxelinux.0', client)).toBeUndefined();
  });

  it("serves the arm64 menu under each of U-Boot's names for ARM", () => {
    const namespace = namespaceAt({ now: 0 });
    const current = generation('g1', '1');
    namespace.use({
      ...current,
      manifest: { ...current.manifest, targets: [storedTarget('arm64')] },
    });
    for (const name of ['default-arm', 'default-arm-rockchip', 'default-arm-rockchip-evb_rk3399']) {
      expect(textAt(namespace, `/pxelinux.cfg/${name}`)).toContain(
        'LINUX /debian/trixie/1/arm64/text/linux',
      );
    }
  });

  it('serves shim to iPXE over HTTP, even if GRUB cannot load over HTTP', () => {
    const namespace = namespaceAt({ now: 0 });
    const files = { 'bootnetx64.efi': { sha256: 'shim', size: 7 } };
    const efi = { suite: 'bookworm', arch: 'amd64', build: '1', hasHttp: false, files } as const;
    namespace.use(generation('g1', '1', [efi]));
    const http: BootClient = { ...client, transport: 'http' };
    expect(textAt(namespace, '/ipxe/x86_64.ipxe', http)).toContain(
      'iseq ${platform} efi && shim http://10.0.0.1:8069/ipxe/bootnetx64.efi ||',
    );
    expect(namespace.lookup('/ipxe/bootnetx64.efi', http)).toMatchObject({ sha256: 'shim' });
    expect(textAt(namespace, '/ipxe/i386.ipxe', http)).not.toContain('shim');
    namespace.use(generation('g2', '2'));
    expect(textAt(namespace, '/ipxe/x86_64.ipxe', http)).not.toContain('shim');
  });

  it('points each build of iPXE to its own menu', () => {
    const namespace = namespaceAt({ now: 0 });
    namespace.use(generation('g1', '1'));
    expect(textAt(namespace, '/menu.ipxe')).toBe(
      '#!ipxe\nchain http://10.0.0.1:8069/m/${netX/mac:hexhyp}/${uuid}/ipxe/${buildarch}.ipxe\n',
    );
    expect(textAt(namespace, '/ipxe/x86_64.ipxe')).toContain(
      `http://10.0.0.1:8069/m/\${netX/mac:hexhyp}/\${uuid}/debian/trixie/1/${KERNEL}`,
    );
    expect(textAt(namespace, '/ipxe/arm64.ipxe')).not.toContain('/debian/trixie');
  });
});
