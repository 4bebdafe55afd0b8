import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
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

describe('packages', () => {
  test('are found with what it takes to fetch them', async () => {
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

  test('are bounded in number: the index is searched before its hash is known', async () => {
    const index = `${PACKAGE}\n\n`.repeat(10_001);
    await expect(findPackages(pieces(index, 65_536), ['pxe'], any)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_MALFORMED_INDEX',
    });
    const kernels = Array.from({ length: 10_001 }, (_, n) => `Kernel-Version: ${n}\n\n`).join('');
    await expect(findKernelVersions(pieces(kernels, 65_536))).rejects.toMatchObject({
      code: 'ERR_NETBOOT_MALFORMED_INDEX',
    });
  });

  test.each([
    ['no hash', PACKAGE.replace(/\nSHA256.*/, '')],
    ['a hash of another kind', PACKAGE.replace('f'.repeat(64), 'f'.repeat(40))],
    ['no size', PACKAGE.replace(/\nSize.*/, '')],
    ['a path that climbs', PACKAGE.replace('pool/main', '../main')],
    ['a version that is none', PACKAGE.replace('3:6.04', '3 6.04')],
  ])('with %s are refused when they are wanted', async (_what, index) => {
    await expect(findPackages(pieces(index), [''], any)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_MALFORMED_INDEX',
    });
    await expect(findPackages(pieces(index), [''], () => false)).resolves.toEqual([]);
  });

  test('with a line that never ends are refused', async () => {
    await expect(
      findPackages(pieces('x'.repeat(2_000_000), 65_536), [''], any),
    ).rejects.toMatchObject({
      code: 'ERR_NETBOOT_MALFORMED_INDEX',
    });
  });

  test('are the same however the text is cut', async () => {
    const index = `${PACKAGE}\n\n${PACKAGE.replace('pxelinux', 'syslinux-common')}\n`;
    const whole = await findPackages(pieces(index, index.length), [''], any);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), async (length) => {
        expect(await findPackages(pieces(index, length), [''], any)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  test('of any text are found or refused with an error of ours', async () => {
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

test('the kernels of an index are those that it has modules for', async () => {
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
