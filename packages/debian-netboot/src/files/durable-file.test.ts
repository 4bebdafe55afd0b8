import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { replaceFile, syncDirectory, writeNewFile } from './durable-file.js';

describe('durable files', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'durable-file-'));
  });

  afterEach(() => rm(directory, { recursive: true }));

  it('replaces a file and leaves no draft behind', async () => {
    const file = join(directory, 'file');
    await writeFile(file, 'old');
    await replaceFile(file, 'new', directory);
    expect(await readFile(file, 'utf8')).toBe('new');
    expect(await readdir(directory)).toEqual(['file']);
  });

  it('leaves no draft behind when the file cannot be replaced', async () => {
    const missing = join(directory, 'none', 'file');
    await expect(replaceFile(missing, 'new', directory)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(directory)).toEqual([]);
  });

  it('never writes over an existing file', async () => {
    const file = join(directory, 'file');
    await writeNewFile(file, 'old');
    await expect(writeNewFile(file, 'new')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(file, 'utf8')).toBe('old');
  });

  it('warns once about a file system that cannot sync directories', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await syncDirectory('/proc');
    await syncDirectory('/proc');
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('/proc cannot sync directories'), expect.anything()],
    ]);
    warn.mockRestore();
    await expect(syncDirectory(join(directory, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
