import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { writeAddressFile } from './address-file.js';

describe('writeAddressFile', () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-address-file-'));
    path = join(directory, 'admin');
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it.each([
    ['127.0.0.1', 'IPv4', '127.0.0.1:9000\n'],
    ['2001:db8::1', 'IPv6', '[2001:db8::1]:9000\n'],
    ['0.0.0.0', 'IPv4', '127.0.0.1:9000\n'],
    ['::', 'IPv6', '127.0.0.1:9000\n'],
  ])(
    'writes the address at which %s is reached from the same host',
    async (address, family, text) => {
      await writeAddressFile(path, { address, family, port: 9000 });
      expect(await readFile(path, 'utf8')).toBe(text);
    },
  );

  it('replaces the file of an earlier daemon, and replaces a link rather than its target', async () => {
    const bound = { address: '127.0.0.1', family: 'IPv4', port: 9000 };
    await writeAddressFile(path, { ...bound, port: 10_000 });
    await writeAddressFile(path, bound);
    expect(await readFile(path, 'utf8')).toBe('127.0.0.1:9000\n');
    const target = join(directory, 'target');
    await writeFile(target, 'precious');
    await rm(path);
    await symlink(target, path);
    await writeAddressFile(path, bound);
    expect(await readFile(target, 'utf8')).toBe('precious');
    expect(await readFile(path, 'utf8')).toBe('127.0.0.1:9000\n');
  });

  it('fails if the folder is missing', async () => {
    const bound = { address: '127.0.0.1', family: 'IPv4', port: 9000 };
    await expect(writeAddressFile(join(path, 'admin'), bound)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
