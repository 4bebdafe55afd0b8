import { spawnSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { cpioArchive } from './cpio-archive.js';

describe('cpioArchive', () => {
  const archive = cpioArchive([
    { path: 'usr/share/keyrings/archive.gpg', content: Buffer.from('seven b') },
    { path: 'init', content: Buffer.from('#!/bin/sh\n'), isExecutable: true },
  ]);

  it.skipIf(lacks('busybox'))('lists its files and their directories', () => {
    const { stdout } = spawnSync('busybox', ['cpio', '-tv'], { input: archive });
    const lines = stdout
      .toString()
      .split('\n')
      .map((line) => line.split(/\s+/));
    expect(lines.map(([mode, , size, , , path]) => [mode, size, path])).toEqual([
      ['drwxr-xr-x', '0', 'usr'],
      ['drwxr-xr-x', '0', 'usr/share'],
      ['drwxr-xr-x', '0', 'usr/share/keyrings'],
      ['-rw-r--r--', '7', 'usr/share/keyrings/archive.gpg'],
      ['-rwxr-xr-x', '10', 'init'],
      ['', undefined, undefined],
    ]);
  });

  it('is padded to whole words', () => {
    expect(archive.length % 4).toBe(0);
  });
});
