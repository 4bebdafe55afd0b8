import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { writeInstallerArchive } from './installer-archive.js';
import { type Udeb } from './udeb.js';

const UDEBS: readonly Udeb[] = [
  { name: 'lab-one', menuItem: 4200, title: 'One', postinst: '#!/bin/sh\nexit 0\n' },
  {
    name: 'lab-two',
    menuItem: 6200,
    depends: 'lab-one',
    title: 'Two',
    postinst: '#!/bin/sh\nexit 0\n',
    files: new Map([['usr/share/two/this', import.meta.filename]]),
  },
];

describe.skipIf(lacks('dpkg-deb', 'gpgv'))('writeInstallerArchive', () => {
  let directory = '';
  let keyring = '';
  const path = (file: string): string => join(directory, 'root/debian', file);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'boot-lab-archive-'));
    keyring = join(directory, 'archive.gpg');
    await writeFile(keyring, await writeInstallerArchive(join(directory, 'root'), 'trixie', UDEBS));
  });

  afterAll(() => rm(directory, { recursive: true }));

  it('signs Release as gpgv expects it, with the key that it returns', async () => {
    const files = [path('dists/trixie/Release.gpg'), path('dists/trixie/Release')];
    const gpgv = (): string =>
      spawnSync('gpgv', ['--keyring', keyring, ...files]).stderr.toString();
    expect(gpgv()).toContain('Good signature from "Boot lab test key');
    await writeFile(path('dists/trixie/Release'), 'Codename: other\n');
    expect(gpgv()).toContain('BAD signature');
  });

  it('lists the components with their steps and hashes', async () => {
    const index = path('dists/trixie/main/debian-installer/binary-amd64/Packages');
    const [one = '', two = ''] = (await readFile(index, 'utf8')).split('\n\n');
    expect(one).toContain('Package: lab-one\n');
    expect(one).toContain('Priority: standard\n');
    expect(one).not.toContain('Depends:');
    expect(two).toContain('Depends: lab-one\nInstaller-Menu-Item: 6200\n');
    const [, name = ''] = /^Filename: (.*)$/m.exec(two) ?? [];
    const hash = createHash('sha256')
      .update(await readFile(path(name)))
      .digest('hex');
    expect(two).toContain(`SHA256: ${hash}`);
  });

  it('builds packages with their script and files', () => {
    const file = path('pool/main/lab-two_1_amd64.udeb');
    const control = execFileSync('dpkg-deb', ['--info', file]).toString();
    expect(control).toMatch(/\* +postinst +#!\/bin\/sh/);
    expect(control).toContain('templates');
    expect(execFileSync('dpkg-deb', ['--contents', file]).toString()).toContain(
      './usr/share/two/this',
    );
  });
});
