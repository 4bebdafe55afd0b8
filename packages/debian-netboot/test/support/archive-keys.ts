import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type InReleaseKey } from '@pxe/local-mirror';

import { temporaryDirectory } from './made-up-mirror.js';

/** GnuPG key that appears to have been in use for years. */
export interface ArchiveKey extends InReleaseKey {
  /** Sets the expiry of the key, which may be earlier than signatures that it has made. */
  expireAt(date: string): void;
  revoke(): void;
}

const MADE = '20190401T000000';

/** Creates a key dated to the time of Debian 10 that expires at a given time, such as `20240401T000000`. */
export async function createArchiveKey(expires: string): Promise<ArchiveKey> {
  const home = join(await temporaryDirectory(), 'gnupg');
  mkdirSync(home, { mode: 0o700 });
  const run = (time: string, args: readonly string[], input = ''): string =>
    execFileSync(
      'gpg',
      ['--batch', '--yes', '--quiet', `--faked-system-time=${time}!`, '--passphrase', '', ...args],
      {
        env: { ...process.env, GNUPGHOME: home },
        input,
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    );
  run(MADE, ['--quick-generate-key', 'Old archive', 'rsa2048', 'sign', expires]);
  const listed = run(MADE, ['--with-colons', '--list-keys']);
  const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? '';
  return {
    fingerprint,
    get publicKey() {
      return run('20190403T000000', ['--armor', '--export']);
    },
    clearSign: (text, date = new Date()) =>
      Promise.resolve(
        run(
          date.toISOString().replace(/[-:]|\.\d+Z/g, ''),
          ['--clearsign', '--digest-algo', 'SHA256'],
          text,
        ),
      ),
    expireAt(date) {
      // Dated a day after the key, since only the newest of its self-signatures counts.
      run('20190402T000000', ['--quick-set-expire', fingerprint, date]);
    },
    revoke() {
      const revocation = readFileSync(join(home, 'openpgp-revocs.d', `${fingerprint}.rev`), 'utf8');
      run('20220101T000000', ['--import'], revocation.replace(':-----BEGIN', '-----BEGIN'));
    },
  };
}
