import { describe, expect, it } from 'vitest';

import { grubFiles, ipxeFiles, type MenuClient, syslinuxFiles } from './menu-files.js';
import { obstacleAt, type Place, placeText } from './place.js';

const CLIENT: MenuClient = {
  mac: '52:54:00:12:34:56',
  uuid: '00000000-0000-0000-0000-000000000000',
  buildArch: 'x86_64',
  server: '192.0.2.9',
};

const tftp = (file: string): Place => ({ transport: 'tftp', server: '192.0.2.9', file });
const texts = (places: readonly Place[]): readonly string[] => places.map(placeText);

describe('syslinuxFiles', () => {
  it('finds the files that entries, included menus and the menu program refer to', () => {
    const text = [
      'UI vesamenu.c32',
      'MENU BACKGROUND http://192.0.2.9/splash.png',
      'LABEL one',
      '  KERNEL linux',
      '  APPEND initrd=/abs/initrd.gz quiet',
      'INCLUDE more.cfg',
    ].join('\n');
    const included = 'LABEL two\n  LINUX 192.0.2.7::other/linux\n';
    const files = syslinuxFiles(text, tftp('boot/'), () => included);
    expect(texts(files.kernels)).toEqual([
      'tftp://192.0.2.9/boot/linux',
      'tftp://192.0.2.7/other/linux',
    ]);
    expect(texts(files.initrds)).toEqual(['tftp://192.0.2.9/abs/initrd.gz']);
    expect(texts(files.others)).toEqual([
      'tftp://192.0.2.9/boot/vesamenu.c32',
      'http://192.0.2.9/splash.png',
    ]);
  });
});

describe('addresses of IPv6', () => {
  const HERE: Place = { transport: 'tftp', server: '2001:db8::1', file: '' };
  const LINUX: Place = { transport: 'tftp', server: '2001:db8::7', file: '/linux' };

  it('are read from the menus of iPXE and GRUB', () => {
    const ipxe = ipxeFiles('kernel tftp://[2001:db8::7]/linux', 'http://192.0.2.9/x', CLIENT);
    expect(ipxe.kernels).toEqual([LINUX]);
    const grub = grubFiles('linux (tftp,[2001:db8::7])/linux', HERE, CLIENT);
    expect(grub.kernels).toEqual([LINUX]);
  });

  it('do not keep a file from being requested', () => {
    expect(obstacleAt(LINUX)).toBeUndefined();
    expect(placeText(LINUX)).toBe('tftp://[2001:db8::7]/linux');
  });
});

describe('grubFiles', () => {
  it('finds files with and without a device, and resolves network variables', () => {
    const text = [
      'source "(http,192.0.2.9:8069)/m/${net_default_mac}/x.cfg"',
      "menuentry 'x' {",
      '  linux /linux vga=788 --- quiet',
      "  initrd '/initrd one.gz' (tftp)/two.gz",
      '  linux $unknown/linux',
      '  chainloader (hd0)/x.efi',
      '}',
    ].join('\n');
    const files = grubFiles(text, tftp('/grub/grub.cfg'), CLIENT);
    expect(texts(files.menus)).toEqual(['http://192.0.2.9:8069/m/52:54:00:12:34:56/x.cfg']);
    expect(texts(files.kernels)).toEqual(['tftp://192.0.2.9/linux']);
    expect(texts(files.initrds)).toEqual([
      'tftp://192.0.2.9/initrd one.gz',
      'tftp://192.0.2.9/two.gz',
    ]);
    expect(files.others).toEqual([]);
  });
});

describe('ipxeFiles', () => {
  it('resolves settings and relative names', () => {
    const text = [
      '#!ipxe',
      'set base http://192.0.2.9/debian',
      'kernel --name linux ${base}/linux initrd=initrd.gz',
      'initrd initrd.gz',
      'chain --autofree m/${netX/mac:hexhyp}/${buildarch}.ipxe',
      'chain ${unknown}/x',
    ].join('\n');
    const files = ipxeFiles(text, 'http://192.0.2.9:8069/menu.ipxe', CLIENT);
    expect(texts(files.kernels)).toEqual(['http://192.0.2.9/debian/linux']);
    expect(texts(files.initrds)).toEqual(['http://192.0.2.9:8069/initrd.gz']);
    expect(texts(files.menus)).toEqual(['http://192.0.2.9:8069/m/52-54-00-12-34-56/x86_64.ipxe']);
  });
});
