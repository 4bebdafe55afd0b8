import { describe, expect, it } from 'vitest';

import { BLANK, bytesOf, firmwareOptions } from '../../test/support/messages.js';
import { OptionCode } from '../codec/constants.js';
import { architectureOf, isKnownArchitecture } from './architectures.js';
import { classifyClient } from './boot-client.js';

type Options = ReadonlyMap<number, Uint8Array>;

const classify = (options: Options) => classifyClient({ ...BLANK, options });

function changed(
  options: Options,
  changes: readonly (readonly [number, Uint8Array | undefined])[],
): Options {
  const result = new Map(options);
  for (const [code, value] of changes) {
    if (value === undefined) {
      result.delete(code);
    } else {
      result.set(code, value);
    }
  }
  return result;
}

/** U-Boot that acts as UEFI sends UNDI 0.0 (net/bootp.c). */
const UNDI_0 = [OptionCode.clientNetworkInterface, Uint8Array.of(1, 0, 0)] as const;

describe('classifyClient', () => {
  it.each<[string, Options, object]>([
    [
      'a BIOS',
      firmwareOptions(0),
      {
        vendorClass: 'PXEClient',
        program: 'firmware',
        firmware: 'bios',
        cpu: 'x86',
        architecture: 0,
      },
    ],
    ['32-bit UEFI', firmwareOptions(6), { program: 'firmware', firmware: 'uefi', cpu: 'x86' }],
    ['x64 UEFI', firmwareOptions(7), { program: 'firmware', firmware: 'uefi', cpu: 'x64' }],
    [
      'x64 UEFI that sends EBC',
      firmwareOptions(9),
      { firmware: 'uefi', cpu: 'x64', architecture: 9 },
    ],
    ['arm64 UEFI', firmwareOptions(11), { program: 'firmware', firmware: 'uefi', cpu: 'arm64' }],
    [
      'x64 HTTP Boot',
      firmwareOptions(16, 'HTTPClient'),
      { vendorClass: 'HTTPClient', program: 'firmware', firmware: 'uefi', cpu: 'x64' },
    ],
    [
      'riscv64 UEFI',
      firmwareOptions(27),
      { program: 'firmware', firmware: 'uefi', cpu: 'riscv64' },
    ],
    [
      'an architecture without a loader',
      firmwareOptions(41),
      { program: 'firmware', firmware: 'other', cpu: 'other', architecture: 41 },
    ],
    [
      'iPXE by its bare user class',
      changed(firmwareOptions(0), [[OptionCode.userClass, bytesOf('iPXE')]]),
      { program: 'ipxe', firmware: 'bios' },
    ],
    [
      'iPXE by a user class of RFC 3004',
      changed(firmwareOptions(7), [[OptionCode.userClass, bytesOf('\u0004iPXE')]]),
      { program: 'ipxe', firmware: 'uefi' },
    ],
    [
      'iPXE by its own option',
      changed(firmwareOptions(7), [[OptionCode.ipxe, Uint8Array.of(19, 1, 1)]]),
      { program: 'ipxe' },
    ],
    [
      'firmware with another user class',
      changed(firmwareOptions(7), [[OptionCode.userClass, bytesOf('lab')]]),
      { program: 'firmware' },
    ],
    [
      'U-Boot under its own name',
      changed(firmwareOptions(22), [[OptionCode.vendorClass, bytesOf('U-Boot.armv8')]]),
      { vendorClass: 'U-Boot', program: 'uBoot', firmware: 'uBoot', cpu: 'arm64' },
    ],
    ['U-Boot by its architecture', firmwareOptions(21), { program: 'uBoot', cpu: 'arm32' }],
    [
      'U-Boot that acts as UEFI',
      changed(firmwareOptions(11), [UNDI_0]),
      { vendorClass: 'PXEClient', program: 'uBoot', firmware: 'uefi' },
    ],
    ['a BIOS with UNDI 0.0', changed(firmwareOptions(0), [UNDI_0]), { program: 'firmware' }],
    [
      'firmware without a network interface',
      changed(firmwareOptions(11), [[OptionCode.clientNetworkInterface, undefined]]),
      { program: 'firmware' },
    ],
    [
      'firmware that names its architecture in option 60 only',
      changed(firmwareOptions(11), [[OptionCode.clientArchitecture, undefined]]),
      { architecture: 11, cpu: 'arm64' },
    ],
    [
      'firmware that names several architectures, of which the first known one counts',
      changed(firmwareOptions(7), [
        [OptionCode.clientArchitecture, Uint8Array.of(2, 0, 0, 9, 0, 7)],
      ]),
      { architecture: 9, cpu: 'x64' },
    ],
    [
      'firmware that names no architecture',
      new Map([[OptionCode.vendorClass, bytesOf('PXEClient')]]),
      { architecture: undefined, firmware: 'other', uuid: undefined },
    ],
  ])('recognises %s', (_name, options, client) => {
    expect(classify(options)).toMatchObject({ mac: '52:54:00:12:34:56', ...client });
  });

  it('reads the UUID', () => {
    expect(classify(firmwareOptions(7))?.uuid).toBe('04030201-0605-0807-090a-0b0c0d0e0f10');
  });

  it.each<[string, Options]>([
    ["Debian's installer", new Map([[OptionCode.vendorClass, bytesOf('d-i')]])],
    ['a laptop', new Map()],
    ['a Windows client', new Map([[OptionCode.vendorClass, bytesOf('MSFT 5.0')]])],
    ['a switch', new Map([[OptionCode.vendorClass, bytesOf('Arista;DCS-7050;PXEClient')]])],
    [
      'a client with an architecture only',
      changed(firmwareOptions(7), [[OptionCode.vendorClass, undefined]]),
    ],
  ])('does not classify %s as a boot client', (_name, options) => {
    expect(classify(options)).toBeUndefined();
  });
});

describe('architectureOf', () => {
  it('treats the architectures registered for TFTP and for HTTP as the same', () => {
    for (const [tftp, http] of [
      [0, 20],
      [6, 15],
      [7, 16],
      [9, 17],
      [10, 18],
      [11, 19],
      [21, 23],
      [22, 24],
      [25, 26],
      [27, 28],
      [29, 30],
      [37, 38],
      [39, 40],
    ] as const) {
      expect(architectureOf(tftp)).toEqual(architectureOf(http));
      expect(isKnownArchitecture(tftp)).toBe(true);
    }
  });

  it('returns other for the rest', () => {
    expect(architectureOf(12)).toEqual({ firmware: 'other', cpu: 'other' });
    expect(isKnownArchitecture(12)).toBe(false);
  });
});
