import fc from 'fast-check';

import { type PreseedProfile } from '../../src/index.js';

/** A crypted password; made with `openssl passwd -6`. */
export const HASH =
  '$6$rounds=5000$w5TJ1kQ8J1rH$fPvZ8eRhDlmhHRNW1yH7l0gXPWl1fX8Zc6yl7sF6kWl1ZV9vXz8q7Yy4L0p0n3n8J5Q2n7b1d9c3A5e7F9g1H.';

export const SSH_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKmB7O0HTOJxBqF3xv6eYc8r7b6cQh5Jm3r9q4kJ0p2T o\'brien@"home" $(x) `y`';

/** A profile of each kind. */
export const PROFILES: Readonly<Record<string, PreseedProfile>> = {
  server: {
    locale: 'de_DE.UTF-8',
    keymap: 'de',
    timezone: 'Europe/Berlin',
    hostname: 'web1',
    domain: 'example.com',
    mirror: { host: 'mirror.example.com:8080', directory: '/debian/', protocol: 'http' },
    proxy: 'http://proxy.example.com:3128',
    disk: { device: '/dev/sda', layout: 'multi', method: 'lvm' },
    user: { name: 'ada', fullName: 'Ada Lovelace', passwordHash: HASH, sshKeys: [SSH_KEY] },
    packages: ['curl', 'g++'],
    tasks: ['standard', 'ssh-server'],
    kernelArgs: 'console=ttyS0,115200 quiet',
    earlyCommands: ['logger -t early "it begins; $(date)"'],
    lateCommands: [
      "in-target sh -c 'echo \"a b\" > /etc/motd; true # it''s done'",
      'wget -O- http://x/y',
    ],
    raw: [
      '# Two of our own',
      'd-i netcfg/link_wait_timeout string \\\n   10',
      'd-i netcfg/link_wait_timeout seen true',
    ],
  },
  desktop: {
    user: { name: 'debian', passwordHash: HASH },
    tasks: ['standard', 'gnome-desktop'],
    disk: { layout: 'home' },
  },
  encrypted: {
    disk: { device: 'first', method: 'crypto', passphrase: "correct horse 'battery' # $staple" },
    user: { name: 'ada', passwordHash: HASH },
    finish: 'poweroff',
  },
  rootOnly: {
    root: { sshKeys: [SSH_KEY] },
    mirror: { host: '[2001:db8::1]:443', protocol: 'https' },
    disk: { erase: true, method: 'crypto', passphrase: '12345678' },
    finish: 'halt',
  },
  rootWithPassword: { root: { passwordHash: HASH }, lateCommands: ['true'] },
};

/** Text that may add a line, continue one, or be dropped. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(
      fc.constantFrom(
        ...[
          'a',
          'd-i x/y string z',
          '\n',
          '\r',
          '\0',
          '\\',
          '\t',
          '\v',
          ' ',
          '#',
          "'",
          '"',
          '$(x)',
          '*',
          '-n',
        ],
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);

/** Profiles with hostile text in every key. */
export const hostileProfile: fc.Arbitrary<PreseedProfile> = fc.record(
  {
    locale: fc.oneof(fc.constant('fr_FR.UTF-8'), hostileText),
    keymap: fc.oneof(fc.constant('fr'), hostileText),
    timezone: fc.oneof(fc.constant('Asia/Tokyo'), hostileText),
    hostname: fc.oneof(fc.constant('web1'), hostileText),
    domain: hostileText,
    proxy: hostileText,
    mirror: fc.record(
      { host: fc.oneof(fc.constant('a.b'), hostileText), directory: hostileText },
      { requiredKeys: ['host'] },
    ),
    disk: fc.record(
      {
        device: fc.oneof(fc.constant('/dev/vda'), hostileText),
        passphrase: hostileText,
        method: fc.constantFrom('regular' as const, 'lvm' as const, 'crypto' as const),
      },
      { requiredKeys: [] },
    ),
    user: fc.record(
      {
        name: fc.oneof(fc.constant('ada'), hostileText),
        fullName: hostileText,
        passwordHash: fc.oneof(fc.constant(HASH), hostileText),
        sshKeys: fc.array(
          hostileText.map((comment) => `${SSH_KEY}${comment}`),
          { maxLength: 2 },
        ),
      },
      { requiredKeys: ['name'] },
    ),
    packages: fc.array(hostileText, { maxLength: 2 }),
    kernelArgs: hostileText,
    earlyCommands: fc.array(hostileText, { maxLength: 3 }),
    lateCommands: fc.array(hostileText, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

/** One line of odd text that is a valid value. */
const line = hostileText
  .map((text) => text.replace(/[^\P{C}\t]/gu, ''))
  .map((text) => `x${text.trim()}x`);

/** Profiles that can be rendered, with odd values. */
export const oddProfile: fc.Arbitrary<PreseedProfile> = fc.record({
  user: fc.record({
    name: fc.constant('ada'),
    passwordHash: fc.constant(HASH),
    fullName: line.filter((text) => !/[:,=&\t]/.test(text)),
    sshKeys: fc.array(
      line.map((comment) => `${SSH_KEY} ${comment}`),
      { maxLength: 2 },
    ),
  }),
  kernelArgs: line,
  earlyCommands: fc.array(line, { maxLength: 3 }),
  lateCommands: fc.array(line, { maxLength: 3 }),
});
