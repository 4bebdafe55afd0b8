import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { adminTokens } from './admin-tokens.js';

const TOKEN = 'a-token-of-some-length';

describe('adminTokens', () => {
  let directory: string;
  const file = async (content: string): Promise<string> => {
    const path = join(directory, 'token');
    await writeFile(path, content);
    return path;
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-tokens-'));
  });
  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  it('returns the tokens of the settings', async () => {
    expect(await adminTokens({ token: TOKEN })).toEqual({ token: TOKEN, readToken: undefined });
  });

  it('reads tokens from files, without the line end', async () => {
    const path = await file(`${TOKEN}\n`);
    expect(await adminTokens({ tokenFile: path })).toMatchObject({ token: TOKEN });
    expect(await adminTokens({ readTokenFile: path })).toMatchObject({ readToken: TOKEN });
  });

  it.each([
    ['short', 'short'],
    ['empty', ''],
    ['two lines', `${TOKEN}\n${TOKEN}`],
    ['not ASCII', 'ein-Schlüssel-mit-Umlaut'],
  ])(
    'names the key and the file when the file contains no usable token: %s',
    async (_what, content) => {
      const path = await file(content);
      await expect(adminTokens({ tokenFile: path })).rejects.toThrow(
        /admin\.tokenFile: expected at least 16 .* in .*token$/,
      );
    },
  );

  it('names the key and the file when the file cannot be read', async () => {
    await expect(adminTokens({ readTokenFile: '/nowhere/token' })).rejects.toThrow(
      'admin.readTokenFile: cannot read /nowhere/token: this file does not exist (ENOENT)',
    );
  });

  it('refuses a read token that equals the full token', async () => {
    const path = await file(TOKEN);
    await expect(adminTokens({ token: TOKEN, readTokenFile: path })).rejects.toThrow(
      'admin.readToken: must differ',
    );
  });
});
