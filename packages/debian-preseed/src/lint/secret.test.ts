import { describe, expect, it } from 'vitest';

import { isSecret, maskPreseed } from './secret.js';

describe('isSecret', () => {
  it('knows passwords by the name of the question', () => {
    const names = ['passwd/user-password', 'partman-crypto/passphrase', 'netcfg/wireless_wpa'];
    expect(names.map(isSecret)).toEqual([true, true, true]);
    expect(['passwd/username', 'passwd/root-login', 'time/zone'].map(isSecret)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('maskPreseed', () => {
  it('hides passwords and passphrases, and keeps everything else', () => {
    const text = [
      '# Logins',
      'd-i passwd/username string ada',
      'd-i passwd/user-password-crypted password $6$salt$hash',
      'd-i passwd/user-password hunter2',
      '#d-i passwd/root-password password r00tme',
      'passwd/root-password password r00tme',
      'd-i partman-crypto/passphrase password one \\',
      '  two\\',
      '  three',
      'd-i passwd/root-password password',
      'd-i time/zone string UTC',
      '',
    ].join('\n');
    expect(maskPreseed(text).split('\n')).toEqual([
      '# Logins',
      'd-i passwd/username string ada',
      'd-i passwd/user-password-crypted password (hidden)',
      'd-i passwd/user-password (hidden)',
      '#d-i passwd/root-password password (hidden)',
      'passwd/root-password password (hidden)',
      'd-i partman-crypto/passphrase password (hidden) \\',
      '(hidden) \\',
      '(hidden)',
      'd-i passwd/root-password password',
      'd-i time/zone string UTC',
      '',
    ]);
  });
});
