import * as z from 'zod';

import { type PreseedProfile } from '@pxe/debian-preseed';

import { filePath } from './text.js';

/**
 * Keys of a profile. Only their types are checked here; the package that renders preseeds checks the values,
 * which may contain `{{variables}}`.
 */
const text = z.string();
const texts = z.array(text);
const hash = text
  .exactOptional()
  .describe('crypted password, as "mkpasswd -m yescrypt" prints it; unset: login by SSH key only');
const sshKeys = texts
  .exactOptional()
  .describe('SSH public keys that may log in, one line of authorized_keys each');
const plainPassword = z
  .never({
    error:
      'a plain password is not accepted: set passwordHash to the output of "mkpasswd -m yescrypt" or "openssl passwd -6"',
  })
  .exactOptional();

const typedKeys = {
  locale: text.exactOptional().describe('locale, as in de_DE.UTF-8; unset: en_US.UTF-8'),
  keymap: text.exactOptional().describe('keyboard layout, as in de or es(cat); unset: us'),
  timezone: text.exactOptional().describe('time zone, as in Europe/Berlin; unset: Etc/UTC'),
  hostname: text
    .exactOptional()
    .describe('host name; unset: that of the host, up to the first dot'),
  domain: text.exactOptional().describe('domain; unset: that of the host, after the first dot'),
  mirror: z
    .union(
      [
        z.literal('server'),
        z.strictObject({
          host: text.describe('host name or address, with a port if it is not the usual one'),
          directory: text.exactOptional().describe('directory of the archive; unset: /debian'),
          protocol: z.enum(['http', 'https']).exactOptional().describe('unset: http'),
        }),
      ],
      { error: 'expected "server", or the key host, with directory and protocol if needed' },
    )
    .exactOptional()
    .describe(
      'Debian mirror to install from; server: this server, which needs http.mirror; unset: ftp.debian.org',
    ),
  proxy: text.exactOptional().describe('URL of an HTTP proxy for the mirror'),
  disk: z
    .strictObject({
      device: text
        .exactOptional()
        .describe('device file, or first for the first disk; unset: the only disk'),
      layout: z
        .enum(['atomic', 'home', 'multi'])
        .exactOptional()
        .describe(
          'one partition, a separate /home, or separate /home, /var and /tmp; unset: atomic',
        ),
      method: z
        .enum(['regular', 'lvm', 'crypto'])
        .exactOptional()
        .describe(
          'plain partitions, logical volumes, or encrypted logical volumes; unset: regular',
        ),
      passphrase: z
        .never({
          error:
            'write the passphrase to a file that others cannot read and set passphraseFile to its path, or set neither: "pxeboot hosts install" then generates one and shows it once',
        })
        .exactOptional(),
      passphraseFile: filePath
        .exactOptional()
        .describe(
          'file, with mode 0640 or stricter, that contains the passphrase for method crypto; unset: each installation gets its own',
        ),
      erase: z
        .boolean()
        .exactOptional()
        .describe('overwrite the encrypted partition with random data first, which takes hours'),
    })
    .exactOptional()
    .describe('disk of the new system, and its layout'),
  user: z
    .strictObject({
      name: text.describe('login name'),
      fullName: text.exactOptional().describe('full name; unset: the login name'),
      password: plainPassword,
      passwordHash: hash,
      sshKeys,
    })
    .exactOptional()
    .describe('first user'),
  root: z
    .strictObject({ password: plainPassword, passwordHash: hash, sshKeys })
    .exactOptional()
    .describe('login as root; unset: the user becomes root with sudo'),
  packages: texts.exactOptional().describe('packages to install in addition to those in the tasks'),
  tasks: texts.exactOptional().describe('tasks of tasksel; unset: standard'),
  kernelArgs: text.exactOptional().describe('kernel arguments for the installed system'),
  finish: z
    .enum(['reboot', 'poweroff', 'halt'])
    .exactOptional()
    .describe('what the machine does after the installation; unset: reboot'),
  earlyCommands: texts
    .exactOptional()
    .describe('shell commands to run as soon as the preseed has been loaded'),
  lateCommands: texts
    .exactOptional()
    .describe('shell commands to run at the end; the new system is at /target'),
} satisfies {
  readonly [Key in Exclude<keyof PreseedProfile, 'raw'>]-?: z.ZodType<
    PreseedProfile[Key] | (Key extends 'mirror' ? 'server' : never)
  >;
};

/** Names of the typed keys. */
export const TYPED_KEYS: readonly string[] = Object.keys(typedKeys);

const profile = z
  .strictObject({
    file: filePath
      .exactOptional()
      .describe('preseed file with {{variables}}, in place of all other keys except raw'),
    ...typedKeys,
    raw: z
      .array(z.string().regex(/^\P{Cc}*$/u, 'expected one line without control characters'))
      .exactOptional()
      .describe('preseed lines to add after all others; they may contain {{variables}}'),
  })
  .superRefine((settings, context) => {
    const names = Object.keys(settings);
    const typed = names.filter((name) => TYPED_KEYS.includes(name));
    if (names.length === 0) {
      context.addIssue({ code: 'custom', message: 'expected file, raw, or keys such as user' });
    }
    if (settings.file !== undefined && typed.length > 0) {
      const message = `a profile with a file may have no other keys except raw; move ${typed.join(', ')} into the file`;
      context.addIssue({ code: 'custom', path: ['file'], message });
    }
  });

/** Schema of `profiles`. */
export const profiles = z.record(
  z.string().regex(/^[a-z\d][\w.-]*$/i, 'expected a name of letters, digits, dots and hyphens'),
  profile,
);

/** Profile in the configuration: the source of an installation's preseed. */
export type ProfileSettings = z.output<typeof profile>;

/** Returns true if a profile describes the machine by typed keys, rather than by a preseed file or lines. */
export function isTyped(settings: ProfileSettings): boolean {
  return Object.keys(settings).some((name) => TYPED_KEYS.includes(name));
}
