import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { hostKeysOf } from '../src/installs/host-keys.js';
import { lateScript, preseedTemplate } from '../src/installs/preseed.js';

const run = promisify(execFile);
const URL_OF_SCRIPTS = 'http://10.0.0.1/i/token';

/** Stand-ins for programs of the installer: chroot, which needs root, and wget, which shows the URL. */
const STAND_INS = `
chroot() { root=$1; shift; [ "$1 $2 $3" = "ssh-keygen -l -f" ] && ssh-keygen -l -f "$root$4"; }
wget() { for last; do :; done; echo "$last"; }
`;

describe.skipIf(lacks('ssh-keygen', 'busybox'))('SSH host keys', () => {
  let target: string;

  beforeEach(async () => {
    target = await mkdtemp(join(tmpdir(), 'pxeboot-target-'));
  });

  afterEach(() => rm(target, { recursive: true, force: true }));

  /** Returns the URL that an installation's report requests when BusyBox's shell runs its script. */
  async function reportedUrl(): Promise<string> {
    const script = lateScript(preseedTemplate('').render({}), { url: URL_OF_SCRIPTS });
    const { stdout } = await run('busybox', [
      'sh',
      '-c',
      `${STAND_INS}${script.replaceAll('/target', target)}`,
    ]);
    return stdout.trim();
  }

  it('are in the final report, in the form that ssh shows', async () => {
    const folder = join(target, 'etc/ssh');
    await mkdir(folder, { recursive: true });
    const printed: string[] = [];
    for (const type of ['ed25519', 'ecdsa', 'rsa']) {
      const file = join(folder, `ssh_host_${type}_key`);
      await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'root@web (1)', '-f', file]);
      printed.push((await run('ssh-keygen', ['-l', '-f', `${file}.pub`])).stdout);
    }
    const url = await reportedUrl();
    expect(url).toMatch(/^http:\/\/10\.0\.0\.1\/i\/token\/done\?keys=[\w.,-]+$/);
    const keys = hostKeysOf(new URL(url).search.slice(1));
    expect(keys.map(({ type }) => type)).toEqual(['ECDSA', 'ED25519', 'RSA']);
    for (const { type, fingerprint } of keys) {
      expect(
        printed.some((line) => line.includes(` ${fingerprint} `) && line.includes(`(${type})`)),
      ).toBe(true);
    }
  });

  it('are left out by a system without an SSH server', async () => {
    expect(await reportedUrl()).toBe(`${URL_OF_SCRIPTS}/done?keys=`);
    expect(hostKeysOf('keys=')).toEqual([]);
  });

  it('are limited in number, and left out if they are malformed', () => {
    const key = `ED25519.${'a'.repeat(43)}`;
    expect(hostKeysOf(`keys=${key},x.y,${key}\u{1b},<b>.${'a'.repeat(43)}`)).toHaveLength(1);
    expect(hostKeysOf(`keys=${Array.from({ length: 100 }, () => key).join()}`)).toHaveLength(8);
    expect(hostKeysOf('%zz')).toEqual([]);
  });
});
