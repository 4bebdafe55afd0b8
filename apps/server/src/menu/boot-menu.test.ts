import { describe, expect, it } from 'vitest';

import { type StoredTarget } from '@pxe/debian-netboot';
import { type LinuxEntry, renderSyslinux, safeRenderSyslinux, walkItems } from '@pxe/syslinux-menu';
import { renderGrub } from '@pxe/syslinux-menu/grub';
import { renderIpxe } from '@pxe/syslinux-menu/ipxe';

import { bootMenu, type MenuSettings } from './boot-menu.js';

const settings: MenuSettings = {
  title: 'Debian network installer',
  timeout: 30,
  default: 'local',
  stale: 'mark',
  kernelArgs: '',
};

const blob = { sha256: 'a'.repeat(64), size: 1 };
const trixie: StoredTarget = {
  suite: 'trixie',
  arch: 'amd64',
  variant: 'text',
  build: '20250803+deb13u7',
  version: '13.7',
  kernelVersion: '6.12.107+deb13-amd64',
  abi: 'ok',
  carriedOver: false,
  releaseDate: '2026-09-12T08:00:00.000Z',
  files: { linux: blob, 'initrd.gz': blob },
};
const graphical: StoredTarget = { ...trixie, variant: 'gtk' };
const arm: StoredTarget = { ...trixie, arch: 'arm64' };

function entries(targets: readonly StoredTarget[], changes: Partial<MenuSettings> = {}) {
  const menu = bootMenu(targets, ['amd64', 'i386'], { ...settings, ...changes });
  const items = [...walkItems(menu)].map(({ item }) => item);
  return {
    menu,
    ids: items.flatMap((item) => ('id' in item ? [item.id] : [])),
    linux: items.filter((item): item is LinuxEntry => item.type === 'linux'),
  };
}

describe('bootMenu', () => {
  it("offers Debian's entries for each image in its own submenu, and the local disk", () => {
    expect(entries([trixie, graphical]).ids).toEqual([
      'trixie-amd64-text',
      ...['install', 'expert', 'rescue', 'auto'].map((kind) => `trixie-amd64-text-${kind}`),
      'trixie-amd64-text-dark',
      ...['install', 'expert', 'rescue', 'auto'].map((kind) => `trixie-amd64-text-${kind}-dark`),
      'trixie-amd64-gtk',
      ...['install', 'expert', 'rescue', 'auto'].map((kind) => `trixie-amd64-gtk-${kind}`),
      'trixie-amd64-gtk-dark',
      ...['install', 'expert', 'rescue', 'auto'].map((kind) => `trixie-amd64-gtk-${kind}-dark`),
      'trixie-amd64-gtk-speech',
      ...['install', 'expert', 'rescue', 'auto'].map((kind) => `trixie-amd64-gtk-${kind}-speech`),
      'local',
    ]);
  });

  it("is also shown on the serial port of the installer's kernel", () => {
    expect(entries([trixie]).menu.serial).toBeUndefined();
    expect(entries([trixie], { kernelArgs: 'console=ttyS1,115200' }).menu.serial).toEqual({
      port: 1,
      baud: 115200,
    });
    expect(entries([trixie], { kernelArgs: 'console=ttyAMA0' }).menu.serial).toBeUndefined();
  });

  it('boots the local disk by default, and if the chosen default does not exist', () => {
    expect(entries([trixie]).menu).toMatchObject({ defaultId: 'local', timeoutSeconds: 30 });
    expect(entries([], { default: 'trixie-amd64-text-install' }).menu.defaultId).toBe('local');
    expect(entries([trixie], { default: 'trixie-amd64-text-install' }).menu.defaultId).toBe(
      'trixie-amd64-text-install',
    );
  });

  it('gives each entry its own command line with the extra arguments', () => {
    const { linux } = entries([trixie], { kernelArgs: 'console=ttyS0,115200 --- panic=10' });
    expect(linux[0]).toMatchObject({
      kernel: '/debian/trixie/20250803+deb13u7/amd64/text/linux',
      initrd: ['/debian/trixie/20250803+deb13u7/amd64/text/initrd.gz'],
      args: 'vga=788 console=ttyS0,115200 --- quiet panic=10',
      appendBootif: true,
    });
    expect(linux[1]!.args).toBe('priority=low vga=788 console=ttyS0,115200 --- panic=10');
  });

  it('loads firmware after the initrd, in every dialect', () => {
    const path = '/debian/trixie/firmware/bbbbbbbbbbbbbbbb/amd64.cpio';
    const file = { sha256: 'b'.repeat(64), size: 2 };
    const { menu, linux } = entries([{ ...trixie, firmware: { packages: [], file } }]);
    const initrd = '/debian/trixie/20250803+deb13u7/amd64/text/initrd.gz';
    expect(linux.map((entry) => entry.initrd)).toEqual(linux.map(() => [initrd, path]));
    expect(renderSyslinux(menu)).toContain(`INITRD ${initrd},${path}\n`);
    expect(renderGrub(menu)).toContain(`initrd ${initrd} ${path}\n`);
    const script = renderIpxe(menu);
    expect(script).toContain(`initrd --name initrd0 ${initrd} ||`);
    expect(script).toContain(`initrd --name initrd1 ${path} ||`);
    expect(script).toContain('initrd=initrd0 initrd=initrd1');
  });

  it('leaves out images that the firmware cannot start', () => {
    expect(entries([arm]).ids).toEqual(['local']);
  });

  it('marks or hides images whose modules are no longer in the archive', () => {
    const stale: StoredTarget = { ...trixie, abi: 'stale' };
    expect(entries([stale]).menu.items[0]).toMatchObject({
      label: 'Debian 13 (trixie) amd64, text installer (STALE)',
    });
    expect(entries([stale]).linux[0]!.help).toContain('STALE');
    expect(entries([stale], { stale: 'hide' }).ids).toEqual(['local']);
  });

  it.each([
    [{ suite: 'buster' }, 'Debian 10 (buster) amd64, text: archived, no security support'],
    [
      { suite: 'sid', trust: 'tls' },
      'Debian unstable (sid) amd64, text: daily, not signed, TLS only',
    ],
    [{ unsigned: true }, 'Debian 13 (trixie) amd64, text: not signed'],
  ] as [Partial<StoredTarget>, string][])(
    'notes the limitations of an image: %j',
    (facts, label) => {
      const { menu, linux } = entries([{ ...trixie, ...facts }]);
      expect(menu.items[0]).toMatchObject({ label, title: label });
      const notes = /text: (.+)$/.exec(label)![1]!;
      expect(linux[0]!.help).toContain(`CAUTION: ${notes}.`);
    },
  );

  it('keeps labels on one line, even with every note', () => {
    const suites = ['stretch', 'buster', 'sid', 'forky'] as const;
    const images = suites.map((suite): StoredTarget => {
      const isDaily = suite === 'sid' || suite === 'forky';
      return { ...graphical, suite, ...(isDaily && { trust: 'tls' }) };
    });
    const labels = entries(images).menu.items.flatMap((item) =>
      item.type === 'submenu' ? [item.label] : [],
    );
    expect(labels).toHaveLength(4);
    expect(labels.filter((label) => label.length > 64)).toEqual([]);
  });

  it('can be written for syslinux without findings', () => {
    const rendered = safeRenderSyslinux(entries([trixie, graphical]).menu, {
      resolve: (path) => `http://192.0.2.1:8069${path}`,
    });
    expect(rendered.findings).toEqual([]);
    expect(rendered.ok && rendered.text).toContain(
      'http://192.0.2.1:8069/debian/trixie/20250803+deb13u7/amd64/gtk/initrd.gz',
    );
  });
});
