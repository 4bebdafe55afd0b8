import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { pieces } from '../../test/support/pieces.js';
import { NetbootError } from '../errors.js';
import { findKernelVersions, findPackages } from './package-index.js';

const PACKAGE = [
  'Package: pxelinux',
  'Source: syslinux',
  'Version: 3:6.04~git20190206.bf6db5b4+dfsg1-3.1',
  'Architecture: all',
  'Description: collection of bootloaders (PXE network bootloader)',
  ' Package: not-a-package',
  'Filename: pool/main/s/syslinux/pxelinux_6.04~git20190206.bf6db5b4+dfsg1-3.1_all.deb',
  'Size: 133736',
  `SHA256: ${'f'.repeat(64)}`,
].join('\n');

const any = (): boolean => true;

describe('package index', () => {
  describe('packages', () => {
    it('are found with everything that is needed to fetch them', async () => {
      const index = `Package: other\nVersion: 1\n\n${PACKAGE}\n\nPackage: last\n`;
      expect(await findPackages(pieces(index), ['pxe'], (name) => name === 'pxelinux')).toEqual([
        {
          name: 'pxelinux',
          version: '3:6.04~git20190206.bf6db5b4+dfsg1-3.1',
          architecture: 'all',
          filename: 'pool/main/s/syslinux/pxelinux_6.04~git20190206.bf6db5b4+dfsg1-3.1_all.deb',
          size: 133736,
          sha256: 'f'.repeat(64),
        },
      ]);
    });

    it('are limited in number, since the index is searched before it is verified', async () => {
      const index = `${PACKAGE}\n\n`.repeat(101);
      await expect(findPackages(pieces(index, 65_536), ['pxe'], any)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_MALFORMED_INDEX',
      });
      const kernels = Array.from({ length: 101 }, (_, n) => `Kernel-Version: ${n}\n\n`).join('');
      await expect(findKernelVersions(pieces(kernels, 65_536))).rejects.toMatchObject({
        code: 'ERR_NETBOOT_MALFORMED_INDEX',
      });
    });

    it.each([
      ['no hash', PACKAGE.replace(/\nSHA256.*/, '')],
      ['a hash of another kind', PACKAGE.replace('f'.repeat(64), 'f'.repeat(40))],
      ['no size', PACKAGE.replace(/\nSize.*/, '')],
      ['a path that leads out of the root', PACKAGE.replace('pool/main', '../main')],
      ['an invalid version', PACKAGE.replace('3:6.04', '3 6.04')],
    ])('with %s are refused if wanted', async (_what, index) => {
      await expect(findPackages(pieces(index), [''], any)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_MALFORMED_INDEX',
      });
      await expect(findPackages(pieces(index), [''], () => false)).resolves.toEqual([]);
    });

    it('are refused if an entry contains a field twice', async () => {
      // A 1 MB stanza with thousands of names was once decoded again for each name.
      const index = `${'Package: pxelinux\n'.repeat(200)}${PACKAGE}\n\n`;
      for (const twice of [index, PACKAGE.replace('Size:', 'Size: 1\nSize:')]) {
        await expect(findPackages(pieces(twice, 65_536), ['pxe'], any)).rejects.toMatchObject({
          code: 'ERR_NETBOOT_MALFORMED_INDEX',
          message: expect.stringMatching(/two \w+ fields/) as string,
        });
      }
    });

    it('are refused if their extra entry is longer than 64 KiB', async () => {
      const index = `${PACKAGE}\nTag: ${'x'.repeat(70_000)}\n\n`;
      await expect(findPackages(pieces(index, 65_536), ['pxe'], any)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_MALFORMED_INDEX',
        message: expect.stringContaining('65536 bytes') as string,
      });
      const behind = `${index.replace('Package: pxelinux', 'Package: other')}${PACKAGE}`;
      expect(await findPackages(pieces(behind, 65_536), ['pxe'], any)).toHaveLength(1);
    });

    it('are matched once per entry, even if it repeats its name', async () => {
      let asked = 0;
      const none = (): boolean => {
        asked += 1;
        return false;
      };
      const index = `${'Package: pxelinux\n'.repeat(200)}\n`.repeat(3);
      await findPackages(pieces(index, index.length), ['pxe'], none);
      expect(asked).toBe(3);
    });

    it('are refused if a line never ends', async () => {
      await expect(
        findPackages(pieces('x'.repeat(2_000_000), 65_536), [''], any),
      ).rejects.toMatchObject({
        code: 'ERR_NETBOOT_MALFORMED_INDEX',
      });
    });

    it('do not depend on the size of the pieces', async () => {
      const index = `${PACKAGE}\n\n${PACKAGE.replace('pxelinux', 'syslinux-common')}\n`;
      const whole = await findPackages(pieces(index, index.length), [''], any);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 200 }), async (length) => {
          expect(await findPackages(pieces(index, length), [''], any)).toEqual(whole);
        }),
        { numRuns: 30 },
      );
    });

    it('reads any text, or throws a NetbootError', async () => {
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
          await findPackages(pieces(Buffer.from(`Package: x\n${text}`, 'latin1')), [''], any).catch(
            (error: unknown) => {
              expect(error).toBeInstanceOf(NetbootError);
            },
          );
        }),
        { numRuns: 50 },
      );
    });
  });

  it('returns the kernels that an index has modules for', async () => {
    const index = [
      'Package: anna\nVersion: 1.87',
      'Package: nic-modules-6.12.94+deb13-amd64-di\nKernel-Version: 6.12.94+deb13-amd64',
      'Package: linux-binary-7.2.12+deb14-amd64-di\nKernel-Version: 7.2.12+deb14-amd64',
      'Package: sata-modules-6.12.94+deb13-amd64-di\nKernel-Version: 6.12.94+deb13-amd64',
      'Package: odd\nKernel-Version:',
    ].join('\n\n');
    expect(await findKernelVersions(pieces(index))).toEqual(
      new Set(['6.12.94+deb13-amd64', '7.2.12+deb14-amd64']),
    );
  });

  it('returns one kernel per entry', async () => {
    const index = `Package: odd\n${'Kernel-Version: 1\nKernel-Version: 2\n'.repeat(3)}\nKernel-Version: 3\n`;
    expect(await findKernelVersions(pieces(index, index.length))).toEqual(new Set(['1', '3']));
    expect(await findKernelVersions(pieces(`Kernel-Version: ${'1'.repeat(257)}\n`))).toEqual(
      new Set(),
    );
  });
});
