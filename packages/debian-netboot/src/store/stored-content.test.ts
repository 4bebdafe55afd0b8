import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { storedContent } from './stored-content.js';

describe('storedContent', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'stored-content-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('rejects with the reason of the abort when it is aborted while the file is being opened', async () => {
    const path = join(directory, 'file');
    await writeFile(path, 'content');
    const stopping = new AbortController();
    const reason = new Error('enough');
    const first = storedContent(path, stopping.signal).next();
    stopping.abort(reason);
    await expect(first).rejects.toBe(reason);
  });
});
