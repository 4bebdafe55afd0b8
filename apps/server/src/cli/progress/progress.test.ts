import { describe, expect, it } from 'vitest';

import { NetbootError, type SyncEvent } from '@pxe/debian-netboot';

import { progressLines } from './progress.js';

const SHA256 = 'a'.repeat(64);

describe('progressLines', () => {
  it('prints each step once, without byte progress', () => {
    const lines: string[] = [];
    const follow = progressLines((line) => lines.push(line));
    const events: SyncEvent[] = [
      { type: 'sourceProgressed', activity: 'apt: package lists', fraction: 0, size: undefined },
      { type: 'sourceProgressed', activity: 'apt: package lists', fraction: 1, size: undefined },
      {
        type: 'releaseVerified',
        suite: 'trixie',
        version: '13.7',
        date: '2026-09-12T00:00:00Z',
        signers: ['A', 'B'],
      },
      {
        type: 'buildResolved',
        suite: 'trixie',
        arch: 'amd64',
        build: '20250803+deb13u7',
        proof: 'dated',
        filesMissing: 2,
      },
      { type: 'fileStarted', file: 'linux', size: 5 },
      { type: 'fileProgressed', file: 'linux', bytes: 3, size: 5 },
      { type: 'fileVerified', file: 'linux', size: 5, sha256: SHA256 },
      {
        type: 'targetCarriedOver',
        target: { suite: 'bookworm', arch: 'amd64', variant: 'gtk' },
        error: new NetbootError('ERR_NETBOOT_NETWORK', 'the mirror does not answer'),
      },
      {
        type: 'targetMissing',
        target: { suite: 'forky', arch: 'amd64', variant: 'text' },
        error: new NetbootError('ERR_NETBOOT_NETWORK', 'the mirror does not answer'),
      },
      { type: 'generationCommitted', id: 'g1' },
    ];
    for (const event of events) {
      follow(event);
    }
    expect(lines).toEqual([
      'apt: package lists',
      'trixie 13.7: signature verified (2 keys), dated 2026-09-12T00:00:00Z',
      'trixie amd64: installer build 20250803+deb13u7, 2 files to fetch',
      'verified linux (5 bytes)',
      'bookworm amd64 gtk was not refreshed: the mirror does not answer',
      'forky amd64 text is missing: the mirror does not answer',
      'committed generation g1',
    ]);
  });
});
