import { describe, expect, it } from 'vitest';

import { type Generation } from './api/types.js';
import { differenceText, generationChanges } from './generation-changes.js';

const IMAGE: Generation['images'][number] = {
  suite: 'trixie',
  arch: 'amd64',
  variant: 'text',
  version: '13.1',
  build: '20250803',
  kernelVersion: '6.12.1-amd64',
  size: 60_000,
  files: [
    { name: 'linux', sha256: 'aa', size: 10_000 },
    { name: 'initrd.gz', sha256: 'bb', size: 50_000 },
  ],
  firmware: [{ name: 'firmware-a', version: '1' }],
};

function generation(changes: Partial<Generation>): Generation {
  return {
    id: 'x',
    createdAt: '2026-01-31T12:00:00.000Z',
    current: false,
    images: [IMAGE],
    loaders: [{ name: 'PXELINUX (trixie)', version: '6.04-1' }],
    entries: [],
    bytes: 100_000,
    ...changes,
  };
}

describe('changes between generations', () => {
  it('are not reported if the generations are equal', () => {
    expect(generationChanges(generation({}), generation({ id: 'y' }))).toEqual([]);
  });

  it('include the versions, files and packages of an image', () => {
    const after = generation({
      images: [
        {
          ...IMAGE,
          version: '13.2',
          build: '20251101',
          kernelVersion: '6.12.2-amd64',
          files: [
            { name: 'linux', sha256: 'cc', size: 12_000 },
            { name: 'initrd.gz', sha256: 'bb', size: 50_000 },
          ],
          firmware: [
            { name: 'firmware-a', version: '2' },
            { name: 'firmware-b', version: '1' },
          ],
        },
      ],
    });
    expect(generationChanges(generation({}), after)).toEqual([
      {
        subject: 'trixie amd64 text',
        lines: [
          'release 13.1 → 13.2',
          'build 20250803 → 20251101',
          'kernel 6.12.1-amd64 → 6.12.2-amd64',
          'linux: 12.0 kB, 2.0 kB more',
          'firmware-a: version 1 → 2',
          'firmware-b: added',
        ],
      },
    ]);
  });

  it('include images, loaders and entries that are added or removed', () => {
    const entry = { id: 'memtest', files: [{ name: 'kernel', sha256: 'dd', size: 5 }] };
    const after = generation({
      images: [{ ...IMAGE, suite: 'bookworm' }],
      loaders: [{ name: 'PXELINUX (trixie)', version: '6.04-2' }],
      entries: [entry],
    });
    expect(generationChanges(generation({}), after)).toEqual([
      { subject: 'bookworm amd64 text', lines: ['added'] },
      { subject: 'trixie amd64 text', lines: ['removed'] },
      { subject: 'PXELINUX (trixie)', lines: ['version 6.04-1 → 6.04-2'] },
      { subject: 'Entry memtest', lines: ['added'] },
    ]);
    const replaced = { ...entry, files: [{ name: 'kernel', sha256: 'ee', size: 4 }] };
    expect(generationChanges(after, { ...after, entries: [replaced] })).toEqual([
      { subject: 'Entry memtest', lines: ['kernel: 4 B, 1 B less'] },
    ]);
  });

  it('say how much larger or smaller a file is', () => {
    expect(differenceText(1000, 1000)).toBe('1.0 kB, as large as before');
  });
});
