import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { biosKernel, efiProgram, noise } from '@pxe/local-mirror';

import { BOOT_FORMATS, bootFacts, headOf } from './boot-format.js';

function formats(file: Buffer, role: 'kernel' | 'loader' = 'loader'): readonly string[] {
  return bootFacts(file, file.length, role).formats;
}

/** Returns a file with a Multiboot header at an offset. */
function multiboot(offset: number): Buffer {
  const file = noise('multiboot', 10_000);
  file.writeUInt32LE(0x1badb002, offset);
  file.writeUInt32LE(3, offset + 4);
  file.writeInt32LE(-(0x1badb002 + 3), offset + 8);
  return file;
}

describe('bootFacts', () => {
  it.each(['amd64', 'i386', 'arm64'] as const)('recognises EFI programs for %s', (arch) => {
    const file = efiProgram(arch, 'x');
    expect(bootFacts(file, file.length, 'loader')).toEqual({
      formats: [`efi-${arch}`],
      isSigned: false,
    });
    const signed = efiProgram(arch, 'x', true);
    const { isSigned, signatures } = bootFacts(signed, signed.length, 'kernel');
    expect(isSigned).toBe(true);
    expect(signatures?.size).toBeGreaterThan(0);
  });

  it('recognises BIOS kernels, and those that UEFI can start as well', () => {
    expect(formats(biosKernel('x'), 'kernel')).toEqual(['bios-kernel']);
    const both = efiProgram('amd64', 'x');
    biosKernel('x').copy(both, 0x1fe, 0x1fe, 0x220);
    expect(formats(both, 'kernel')).toEqual(['bios-kernel', 'efi-amd64']);
    const zImage = biosKernel('x');
    zImage.writeUInt8(0, 0x211);
    expect(formats(zImage, 'kernel')).toEqual([]);
  });

  it('recognises kernels for U-Boot and Multiboot, and iPXE scripts', () => {
    const arm = noise('arm', 100);
    arm.write('ARM\x64', 56, 'latin1');
    expect(formats(arm, 'kernel')).toEqual(['arm64-kernel']);
    expect(formats(multiboot(8180), 'kernel')).toEqual(['multiboot']);
    expect(formats(multiboot(8184), 'kernel')).toEqual([]);
    expect(formats(multiboot(6), 'kernel')).toEqual([]);
    expect(formats(Buffer.from('#!ipxe\nshell\n'))).toEqual(['ipxe-script']);
  });

  it('treats other short binaries as BIOS boot programs, but not as kernels', () => {
    expect(formats(noise('nbp', 600_000))).toEqual(['bios-program']);
    expect(formats(noise('nbp', 2000), 'kernel')).toEqual([]);
    expect(formats(noise('nbp', 700_000))).toEqual([]);
  });

  it.each([
    ['an error page', '<!DOCTYPE html>\n<title>404</title>'],
    ['a compressed file', '\x1f\x8b\x08\x00rest'],
    ['an ELF file', '\x7fELF\x01\x01'],
    ['a DOS program', 'MZ\x90\x00\x03'],
    ['an empty file', ''],
  ])('refuses %s', (_what, text) => {
    expect(formats(Buffer.from(text, 'latin1'))).toEqual([]);
  });

  it('refuses PE files for another processor or for systems other than UEFI', () => {
    const windows = efiProgram('amd64', 'x');
    windows.writeUInt16LE(3, 0x80 + 24 + 68);
    expect(formats(windows)).toEqual([]);
    const other = efiProgram('amd64', 'x');
    other.writeUInt16LE(0x1c2, 0x84);
    expect(formats(other)).toEqual([]);
  });

  it('never throws, whatever the bytes and wherever the file ends', () => {
    const samples = [biosKernel('x'), efiProgram('amd64', 'x', true), multiboot(0)];
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.nat(6000),
        fc.array(fc.tuple(fc.nat(5999), fc.nat(255)), { maxLength: 8 }),
        fc.constantFrom('kernel' as const, 'loader' as const),
        (sample, length, changes, role) => {
          const file = Buffer.from(sample.subarray(0, length));
          for (const [at, byte] of changes) {
            file[at] = byte;
          }
          for (const format of bootFacts(file, length, role).formats) {
            expect(BOOT_FORMATS).toContain(format);
          }
        },
      ),
    );
  });
});

describe('headOf', () => {
  it('reads no more than it needs', async () => {
    let pieces = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        pieces += 1;
        yield await Promise.resolve(Buffer.alloc(20_000));
      }
    }
    expect(await headOf(endless())).toHaveLength(65_536);
    expect(pieces).toBe(4);
  });
});
