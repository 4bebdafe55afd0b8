import { chmod, lchown, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { lacksRoot } from '@pxe/test-host';

import { foreignReason } from './file-owner.js';
import { readConfigFile } from './file.js';

const OTHER = 65534;
const IS_ROOT = process.geteuid?.() === 0;
const own = { uid: process.geteuid?.(), gid: process.getegid?.() };

describe('a configuration file found on the search path', () => {
  let directory: string;
  let file: string;
  const before = process.cwd();

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-config-'));
    file = join(directory, 'pxeboot.yaml');
    await writeFile(file, 'dataDir: /srv/own\n');
    await chmod(file, 0o644);
    process.chdir(directory);
  });

  afterEach(async () => {
    process.chdir(before);
    await rm(directory, { recursive: true });
  });

  it('is accepted if it belongs to this user, even if the group of the same user may write to it', async () => {
    expect((await readConfigFile(undefined))?.content).toEqual({ dataDir: '/srv/own' });
    await chmod(file, 0o664);
    await chmod(directory, 0o775);
    expect((await readConfigFile(undefined))?.content).toEqual({ dataDir: '/srv/own' });
    await chmod(directory, 0o1777);
    expect(await foreignReason(file, own)).toBeUndefined();
  });

  it.each([
    ['the file', 0o646, 0o755, 'this file can be written by other users'],
    ['its directory', 0o644, 0o757, 'its directory (.) can be written by other users'],
  ])('is refused if anyone may write to %s', async (_what, fileMode, directoryMode, reason) => {
    await chmod(file, fileMode);
    await chmod(directory, directoryMode);
    await expect(readConfigFile(undefined)).rejects.toMatchObject({
      problems: [
        {
          source: './pxeboot.yaml',
          message: `${reason}; if you trust it, pass it with "--config ./pxeboot.yaml"`,
        },
      ],
    });
    expect((await readConfigFile({ path: './pxeboot.yaml', setBy: '--config' }))?.content).toEqual({
      dataDir: '/srv/own',
    });
  });

  it("is refused if a group other than the user's own may write to it", async () => {
    await chmod(file, 0o664);
    expect(await foreignReason(file, { ...own, gid: OTHER })).toBe(
      'this file can be written by other users',
    );
  });

  it('is refused if it belongs to someone else', async () => {
    if (!IS_ROOT) {
      expect(await foreignReason(file, { ...own, uid: OTHER })).toMatch(/^this file belongs to/);
      return;
    }
    await lchown(file, OTHER, OTHER);
    await expect(readConfigFile(undefined)).rejects.toMatchObject({
      problems: [
        { message: expect.stringMatching(/^this file belongs to user 65534; /) as string },
      ],
    });
    expect((await readConfigFile({ path: './pxeboot.yaml', setBy: '--config' }))?.content).toEqual({
      dataDir: '/srv/own',
    });
  });

  it.skipIf(lacksRoot())(
    'is refused if its directory, or the link to it, belongs to someone else',
    async () => {
      await lchown(directory, OTHER, OTHER);
      await expect(readConfigFile(undefined)).rejects.toMatchObject({
        problems: [
          { message: expect.stringMatching(/^its directory \(\.\) belongs to/) as string },
        ],
      });
      await lchown(directory, 0, 0);
      const target = join(directory, 'other.yaml');
      await writeFile(target, 'dataDir: /srv/other\n');
      await rm(file);
      await symlink(target, file);
      expect((await readConfigFile(undefined))?.content).toEqual({ dataDir: '/srv/other' });
      await lchown(file, OTHER, OTHER);
      await expect(readConfigFile(undefined)).rejects.toMatchObject({
        problems: [{ message: expect.stringMatching(/^this file belongs to/) as string }],
      });
    },
  );
});
