import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { grubImage, kernelImage } from '@pxe/local-mirror';

import { pieces } from '../../test/support/pieces.js';
import { NetbootError } from '../errors.js';
import { classifyAbi } from './abi.js';
import { hasGrubHttp } from './grub-http.js';
import { readKernelVersion } from './kernel-version.js';

describe('readKernelVersion', () => {
  it.each([
    ['amd64', '6.12.107+deb13-amd64'],
    ['amd64', '6.1.0-50-amd64'],
    ['i386', '6.1.0-50-686'],
    ['arm64', '6.1.0-50-arm64'],
  ])('reads the version of a %s image: %s', async (arch, version) => {
    expect(await readKernelVersion(pieces(kernelImage(arch, version, 50_000)))).toBe(version);
  });

  it('finds the banner anywhere in an arm64 image, in pieces of any size', async () => {
    const image = kernelImage('arm64', '6.1.0-50-arm64', 300_000);
    image.fill(0, 0x800, 0x900);
    image.write('Linux version \0', 0x800, 'latin1');
    image.write('Linux version 6.1.0-50-arm64 (builder)', 200_000, 'latin1');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 100, max: 70_000 }), async (length) => {
        expect(await readKernelVersion(pieces(image, length))).toBe('6.1.0-50-arm64');
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['is not a kernel', Buffer.alloc(100_000)],
    ['is empty', Buffer.alloc(0)],
    ['points beyond its end', kernelImage('amd64', '6.1', 0x1000).subarray(0, 0x500)],
    ['is an arm64 image without a version', kernelImage('arm64', '', 200_000)],
    ['has an invalid version', kernelImage('amd64', 'latest', 50_000)],
  ])('refuses a file that %s', async (_what, image) => {
    await expect(readKernelVersion(pieces(image))).rejects.toMatchObject({
      code: 'ERR_NETBOOT_MALFORMED_IMAGE',
    });
  });

  it('reads any bytes, or throws a NetbootError', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 0x600 }), async (bytes) => {
        const image = Buffer.concat([bytes, Buffer.alloc(0x300)]);
        image.write('HdrS', 0x202, 'latin1');
        await readKernelVersion(pieces(image)).catch((error: unknown) => {
          expect(error).toBeInstanceOf(NetbootError);
        });
      }),
    );
  });
});

describe('hasGrubHttp', () => {
  it.each([1, 7, 9998, 10_003, 20_000])(
    'finds the http module in pieces of %i bytes',
    async (length) => {
      expect(await hasGrubHttp(pieces(grubImage('a', true), length))).toBe(true);
      expect(await hasGrubHttp(pieces(grubImage('a', false), length))).toBe(false);
    },
  );
});

describe('classifyAbi', () => {
  it.each([
    // Debian 13 in November 2026: images with the newest of two kernels.
    ['6.12.107+deb13-amd64', ['6.12.94+deb13-amd64', '6.12.107+deb13-amd64'], 'ok'],
    ['6.12.94+deb13-amd64', ['6.12.94+deb13-amd64', '6.12.107+deb13-amd64'], 'last'],
    ['6.12.90+deb13-amd64', ['6.12.94+deb13-amd64', '6.12.107+deb13-amd64'], 'stale'],
    ['6.1.0-47-amd64', ['6.1.0-47-amd64', '6.1.0-50-amd64'], 'last'],
    ['6.1.0-50-amd64', ['6.1.0-47-amd64', '6.1.0-50-amd64'], 'ok'],
    // Debian testing at the same time: images with trixie's first kernel, modules for a later one.
    ['6.12.38+deb13-amd64', ['7.2.12+deb14-amd64'], 'stale'],
    // i386 has two kernel flavours: the other one is not a successor.
    ['6.1.0-50-686', ['6.1.0-50-686', '6.1.0-50-686-pae'], 'ok'],
    ['6.1.0-50-686', ['6.1.0-50-686', '6.1.0-51-686-pae'], 'ok'],
    ['6.1', ['6.1', '6.1.1'], 'last'],
    ['6.1.0-50-amd64', [], 'stale'],
  ] as const)('classifies %s among %j as %s', (kernel, archive, state) => {
    expect(classifyAbi(kernel, new Set(archive))).toBe(state);
  });
});
