import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  identityInCookies,
  identityInPath,
  machineConfigPath,
  machinePath,
} from './machine-identity.js';

const UUID = '1b2f5c1e-83a0-4b8f-a9d7-0c9d6c3f0a11';

const CONFIG = machineConfigPath('amd64');

describe('identifiers that machines report', () => {
  it('reads the MAC address in the path of a PXELINUX configuration', () => {
    expect(identityInPath('/pxelinux.cfg/01-52-54-00-AB-cd-ef')).toEqual({
      mac: '52:54:00:ab:cd:ef',
    });
    expect(identityInPath('/pxelinux.cfg/20-52-54-00-ab-cd-ef')).toBeUndefined();
  });

  it('reads the UUID in the path of a PXELINUX configuration', () => {
    expect(identityInPath(`/pxelinux.cfg/${UUID.toUpperCase()}`)).toEqual({ uuid: UUID });
  });

  it.each(['/pxelinux.cfg/default', '/pxelinux.cfg/0A4D0032', `/${UUID}`, ''])(
    'finds no identifier in %j',
    (path) => {
      expect(identityInPath(path)).toBeUndefined();
    },
  );

  it.each([
    [`/m/52:54:00:AB:cd:ef/amd64/${UUID}.cfg`, CONFIG, 'both'],
    [`/m/52:54:00:ab:cd:ef/${UUID}/ipxe/i386.ipxe`, '/ipxe/i386.ipxe', 'both'],
    [`/m/52-54-00-ab-cd-ef/debian/linux`, '/debian/linux', 'mac'],
    // Paths that GRUB and iPXE request when their variables have no value.
    ['/m/52:54:00:ab:cd:ef/amd64/.cfg', CONFIG, 'mac'],
    [`/m/amd64/${UUID.toUpperCase()}.cfg`, CONFIG, 'uuid'],
    [`/m/${UUID}/ipxe/i386.ipxe`, '/ipxe/i386.ipxe', 'uuid'],
    ['/m/amd64/.cfg', CONFIG, 'none'],
    ['/m/debian/linux', '/debian/linux', 'none'],
    ['/m/a/b.cfg', '/a/b.cfg', 'none'],
    ['/lpxelinux.0', '/lpxelinux.0', 'none'],
  ])('splits %s', (path, rest, names) => {
    const mac = { mac: '52:54:00:ab:cd:ef' };
    const uuid = { uuid: UUID };
    const identity = { both: { ...mac, ...uuid }, mac, uuid, none: undefined }[names];
    expect(machinePath(path)).toEqual({ path: rest, identity });
    expect(identityInPath(path)).toEqual(identity);
  });

  it.each([
    '00000000-0000-0000-0000-000000000000',
    'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
    '03000200-0400-0500-0006-000700080009',
  ])('does not accept %s as the identifier of a machine', (uuid) => {
    const mac = '52:54:00:ab:cd:ef';
    expect(identityInPath(`/m/${mac}/amd64/${uuid}.cfg`)).toEqual({ mac });
    expect(identityInPath(`/pxelinux.cfg/${uuid}`)).toBeUndefined();
    expect(identityInCookies(`_Syslinux_SYSUUID=${uuid}`)).toBeUndefined();
  });

  it('reads the cookies of lpxelinux.0', () => {
    const cookies = `_Syslinux_BOOTIF=01-52-54-00-12-34-56; _Syslinux_SYSUUID=${UUID}; _Syslinux_Version=6.04`;
    expect(identityInCookies(cookies)).toEqual({ mac: '52:54:00:12:34:56', uuid: UUID });
    expect(identityInCookies(`_Syslinux_SYSUUID=${UUID}`)).toEqual({ uuid: UUID });
  });

  it('returns only valid MAC addresses and UUIDs from any cookies', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const found = identityInCookies(`_Syslinux_BOOTIF=${text}; _Syslinux_SYSUUID=${text}`);
        expect(found?.mac ?? '00:00:00:00:00:00').toMatch(/^[\da-f]{2}(?::[\da-f]{2}){5}$/);
        expect(found?.uuid ?? UUID).toMatch(/^[\da-f-]{36}$/);
      }),
    );
    expect(identityInCookies('')).toBeUndefined();
  });
});
