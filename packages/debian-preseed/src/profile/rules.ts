import { isBlank, trimBlanksEnd } from '../text/text.js';

/** Rule that a value of a profile must satisfy. */
export interface Rule {
  readonly accepts: (value: string) => boolean;
  /** End of the sentence "expected ...". */
  readonly expected: string;
  readonly fix?: string;
}

function pattern(expression: RegExp, expected: string, fix?: string): Rule {
  return {
    accepts: (value) => expression.test(value),
    expected,
    ...(fix !== undefined && { fix }),
  };
}

/** Hint that names commands for making a crypted password. */
const CRYPT_COMMAND = 'make one with "mkpasswd -m yescrypt" or "openssl passwd -6"';

/** Names that Debian's installer refuses for the first user. */
const RESERVED_USERS: ReadonlySet<string> = new Set(
  (
    'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats nobody ' +
    'adm tty disk kmem dialout fax voice cdrom floppy tape sudo audio dip operator src shadow utmp ' +
    'video sasl plugdev staff users nogroup admin'
  ).split(' '),
);

/** Returns true if the text can be the value of a preseed line, unchanged. */
export function isValue(text: string): boolean {
  return (
    !/\p{Surrogate}/u.test(text) &&
    // eslint-disable-next-line no-control-regex -- these end a line or are dropped
    !/[\u0000-\u0008\n-\u001f\u007f]/.test(text) &&
    !text.endsWith('\\') &&
    !isBlank(text.charAt(0)) &&
    trimBlanksEnd(text) === text
  );
}

const anyValue: Rule = {
  accepts: isValue,
  expected:
    'one line of text that neither begins nor ends with whitespace, nor ends with a backslash',
};

/** Kinds of values. */
export type RuleName =
  | 'value'
  | 'locale'
  | 'keymap'
  | 'timezone'
  | 'hostname'
  | 'domain'
  | 'mirrorHost'
  | 'directory'
  | 'proxy'
  | 'device'
  | 'passphrase'
  | 'userName'
  | 'fullName'
  | 'passwordHash'
  | 'sshKey'
  | 'packageName'
  | 'task'
  | 'command';

/** Rules by kind of value. */
export const RULES: Readonly<Record<RuleName, Rule>> = {
  value: anyValue,
  locale: pattern(
    /^[a-z]{2,3}(?:_[A-Z]{2})?(?:\.[A-Za-z0-9-]+)?(?:@[a-z]+)?$|^C(?:\.UTF-8)?$/,
    'a locale, as in "de_DE.UTF-8"',
  ),
  keymap: pattern(/^[a-z]{2,12}(?:\([\w-]+\))?$/, 'a keyboard layout, as in "de" or "es(cat)"'),
  timezone: pattern(/^[A-Z][\w+-]*(?:\/[\w+-]+){0,2}$/, 'a time zone, as in "Europe/Berlin"'),
  hostname: pattern(
    /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/,
    'a host name: letters, digits and hyphens, at most 63',
    'put the part after the first dot in "domain"',
  ),
  domain: pattern(
    /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/,
    'a domain name, as in "example.com"',
  ),
  mirrorHost: pattern(
    /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/,
    'a host name or address, with an optional port, as in "ftp.debian.org"',
    'put the protocol in "protocol" and the path in "directory"',
  ),
  directory: pattern(/^\/[\w./~+%-]*$/, 'an absolute path, as in "/debian"'),
  proxy: pattern(
    /^https?:\/\/[^\s/@]+(?:@[^\s/@]+)?\/?$/,
    'a URL, as in "http://proxy.example.com:3128"',
  ),
  device: pattern(/^(?:first|\/dev\/[\w./:+-]+)$/, 'a device file, as in "/dev/sda", or "first"'),
  passphrase: {
    accepts: (value) => isValue(value) && /^[\x20-\x7e]{8,512}$/.test(value),
    expected:
      '8 to 512 printable ASCII characters that neither begin nor end with whitespace, nor end with a backslash',
  },
  userName: {
    accepts: (value) => /^[a-z][-a-z0-9_]{0,31}$/.test(value) && !RESERVED_USERS.has(value),
    expected:
      'a login name that Debian does not reserve: a lower-case letter, then letters, digits, "-" and "_", at most 32',
  },
  fullName: {
    accepts: (value) => isValue(value) && !/[:,=&\t]/.test(value),
    expected: 'a name on one line without tabs, ":", ",", "=" or "&"',
  },
  passwordHash: pattern(
    /^\$(?:[y765]|gy|2[aby])\$[./A-Za-z0-9$=,]{20,}$/,
    'a crypted password',
    CRYPT_COMMAND,
  ),
  sshKey: {
    accepts: (value) =>
      isValue(value) &&
      /^(?:ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{40,}={0,2}(?: .*)?$/.test(
        value,
      ),
    expected: 'an SSH public key, as in "ssh-ed25519 AAAA... comment"',
    fix: 'copy the line from the .pub file',
  },
  packageName: pattern(/^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9]+)?$/, 'the name of a package'),
  task: pattern(/^[a-z0-9][a-z0-9+.-]+$/, 'the name of a task, as in "standard"'),
  command: {
    accepts: (value) => isValue(value) && value !== '',
    expected:
      'a shell command on one line that neither begins nor ends with whitespace, nor ends with a backslash',
    fix: 'put longer scripts on a server and fetch them',
  },
};
