import { describe, expect, it } from 'vitest';

import { PROFILES } from '../../test/support/profiles.js';
import { formatFinding } from '../findings/finding.js';
import { renderPreseed } from '../profile/render.js';
import { type Suite } from '../questions/question.js';
import { explainPreseed } from './explain.js';
import { type LintOptions, lintPreseed } from './lint.js';

/** Returns the findings about lines, except those about the network. */
function lint(text: string, options?: LintOptions): readonly string[] {
  return lintPreseed(text, options)
    .filter(({ code, line }) => line !== undefined && code !== 'too-late')
    .map((finding) => formatFinding(finding, 'f'));
}

/** Returns the questions that will still be asked. */
function asked(text: string, options?: LintOptions): readonly string[] {
  return lintPreseed(text, options).flatMap(({ code, message }) =>
    code === 'will-be-asked' ? [message.replace(/^the installer asks /, '')] : [],
  );
}

describe('lintPreseed with the table of questions', () => {
  it.each(Object.keys(PROFILES))('finds no faults in the profile "%s"', (name) => {
    for (const suite of ['bookworm', 'trixie'] satisfies Suite[]) {
      const findings = lintPreseed(renderPreseed(PROFILES[name]!), { suite });
      expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
      expect(asked(renderPreseed(PROFILES[name]!), { suite })).toEqual(
        PROFILES[name]?.disk?.device === undefined
          ? ['"partman-auto/disk" if it has several disks']
          : [],
      );
    }
  });

  it('finds a question that does not exist, and suggests the one that was meant', () => {
    expect(lint('d-i netcfg/get_hostnme string web1')).toEqual([
      'f:1:5: warning: there is no question "netcfg/get_hostnme"; write "netcfg/get_hostname" [unknown-question]',
    ]);
    expect(lint('d-i netcfg/get_hotsname string web1')[0]).toContain('"netcfg/get_hostname"');
    expect(lint('d-i netcfg/get_hostnames string web1')[0]).toContain('"netcfg/get_hostname"');
    expect(lint('d-i netcfg/get_hostmame string web1')[0]).toContain('"netcfg/get_hostname"');
    expect(lint('d-i netcfg/nothing string web1')).toEqual([
      'f:1:5: warning: there is no question "netcfg/nothing" [unknown-question]',
    ]);
  });

  it('notes a question that belongs to an unknown package', () => {
    expect(lint('nullmailer nullmailer/relayhost string mail')).toEqual([
      'f:1:12: note: unknown question "nullmailer/relayhost": its answer is not checked [question-not-known-here]',
    ]);
  });

  it('knows the numbered repositories', () => {
    expect(lint('d-i apt-setup/local3/repository string http://a b c')).toEqual([]);
  });

  it('knows what a release has', () => {
    const text = 'd-i auto-install/cloak_initrd_preseed boolean true';
    expect(lint(text, { suite: 'trixie' })).toEqual([]);
    expect(lint(text, { suite: 'bookworm' })[0]).toContain('unknown question');
  });

  it('finds an owner that is not the installer', () => {
    expect(lint('netcfg netcfg/get_hostname string web1')).toEqual([
      'f:1:1: note: the question is the installer\'s: with owner "netcfg", the new system gets the answer, too; write "d-i" [unknown-owner]',
    ]);
  });

  it('finds a type that the question does not have', () => {
    expect(lint('tasksel tasksel/first string standard')).toEqual([
      'f:1:23: warning: expected type "multiselect", got "string", which debconf stores as it is; write "multiselect" [wrong-type]',
    ]);
    expect(lint('d-i netcfg/enable string true')).toEqual([
      'f:1:19: note: expected type "boolean", got "string", which the installer ignores; write "boolean" [wrong-type]',
    ]);
    expect(lint('d-i debian-installer/locale string de_DE')).toEqual([]);
  });

  it('finds a boolean that is neither true nor false', () => {
    expect(lint('d-i netcfg/enable boolean no')).toEqual([
      'f:1:27: error: expected "true" or "false", got "no", which counts as false [not-a-boolean]',
    ]);
    expect(lint('d-i netcfg/enable boolean false')).toEqual([]);
    expect(lint('d-i netcfg/enable boolean')).toEqual([]);
  });

  it('finds a value that is not among the choices', () => {
    expect(lint('d-i netcfg/wireless_security_type select wpa2')[0]).toMatch(
      /^f:1:42: warning: expected one of "wep\/open", "wpa".*, got "wpa2" \[not-a-choice\]$/,
    );
    expect(lint('d-i keyboard-configuration/xkb-keymap select xx')[0]).toMatch(/and \d+ more, got/);
    expect(lint('d-i save-logs/menu select floppy')).toEqual([]);
  });

  it('finds passwords without ever showing them', () => {
    const text = [
      'd-i passwd/user-password password hunter2',
      'd-i passwd/root-password-crypted password hunter2',
      'd-i passwd/user-password-crypted password $6$abc$def',
      'd-i partman-crypto/passphrase password hunter2 # x',
      'd-i passwd/root-password hunter2',
    ].join('\n');
    expect(lint(text)).toEqual([
      'f:1:35: warning: anyone who can fetch the file can read this password; answer "passwd/user-password-crypted" instead, and make one with "mkpasswd -m yescrypt" or "openssl passwd -6" [plain-password]',
      'f:2:43: error: expected a crypted password; make one with "mkpasswd -m yescrypt" or "openssl passwd -6" [plain-password]',
      'f:4:40: note: anyone who can fetch the file can read this password [plain-password]',
      'f:5:26: warning: expected a type, as in "string", got another word; the installer ignores it [unknown-type]',
    ]);
    expect(JSON.stringify(explainPreseed(text))).not.toContain('hunter2');
  });

  it('finds a flag that the installer ignores', () => {
    expect(lint('d-i passwd/username seen true')).toEqual([
      'f:1:5: warning: the installer does not have "passwd/username" yet, and ignores the flag; answer the question instead, which also sets the flag [flag-without-effect]',
    ]);
    expect(lint('d-i netcfg/get_domain seen true')).toEqual([]);
    expect(lint('d-i passwd/username string ada\nd-i passwd/username seen false')).toEqual([]);
  });

  it('notes answers that come too late over the network', () => {
    const text = 'd-i debian-installer/locale string de_DE\nd-i netcfg/get_domain string x\n';
    expect(lintPreseed(text).filter(({ code }) => code === 'too-late')).toMatchObject([
      { line: 1, fix: expect.stringContaining('auto=true') as string },
      { line: 2, fix: expect.stringContaining('hostname=') as string },
    ]);
  });
});

describe('lintPreseed on what will be asked', () => {
  it('lists the questions of an empty file, by priority', () => {
    expect(asked('')).toContain('"popularity-contest/participate"');
    expect(asked('', { priority: 'critical' })).not.toContain('"popularity-contest/participate"');
    expect(asked('d-i debconf/priority select critical')).toEqual(
      asked('', { priority: 'critical' }),
    );
    expect(asked('d-i debconf/priority select none')).toEqual(asked(''));
  });

  it('ignores an answer that is not marked as seen', () => {
    const text = 'd-i netcfg/get_domain string x\n';
    expect(asked(text)).not.toContain('"netcfg/get_domain"');
    expect(asked(`${text}d-i netcfg/get_domain seen false\n`)).toContain('"netcfg/get_domain"');
  });

  it.each([
    [
      'debian-installer/locale',
      ['debian-installer/language string de', 'debian-installer/country string DE'],
    ],
    ['netcfg/get_hostname', ['netcfg/hostname string web1']],
    ['mirror/http/proxy', ['mirror/protocol select https']],
    ['passwd/root-password', ['passwd/root-login boolean false']],
    ['passwd/root-password', ['passwd/root-password-crypted password *']],
    ['passwd/username', ['passwd/make-user boolean false']],
    ['passwd/user-password', ['passwd/user-password-crypted password *']],
    ['partman-auto/method', ['partman-auto/init_automatically_partition select biggest_free']],
    ['partman-auto/choose_recipe', ['partman-auto/expert_recipe string x']],
    ['partman-auto/choose_recipe', ['partman-auto/expert_recipe_file string x']],
    ['tasksel/first', ['pkgsel/run_tasksel boolean false']],
    ['grub-installer/only_debian', ['grub-installer/bootdev string default']],
  ])('does not list %s after %j', (question, lines) => {
    const text = lines.map((line) => `d-i ${line}\n`).join('');
    expect(asked('')).toContain(`"${question}"`);
    expect(asked(text)).not.toContain(`"${question}"`);
  });

  it('lists what a layout adds', () => {
    expect(asked('d-i partman-auto/method string crypto')).toEqual(
      expect.arrayContaining([
        '"partman-crypto/passphrase"',
        '"partman-auto-lvm/guided_size"',
        '"partman-lvm/confirm"',
      ]),
    );
    expect(asked('d-i passwd/root-password-crypted password !')).toContain(
      '"passwd/root-password"',
    );
  });
});

describe('explainPreseed', () => {
  it('explains each statement', () => {
    const text = [
      'd-i netcfg/get_hostname string \\',
      '  web1',
      'tasksel tasksel/first multiselect standard',
      'd-i netcfg/get_hostname seen false',
      'd-i netcfg/get_hostname seen true',
      'd-i some/thing string',
      'd-i netcfg/wireless_wpa string secret',
      'd-i',
      'd-i a/b string c',
      'd-i a/b string c \\',
    ].join('\n');
    expect(
      explainPreseed(text).map(({ line, lastLine, text: said }) => `${line}-${lastLine} ${said}`),
    ).toEqual([
      '1-2 netcfg/get_hostname (Hostname:): "web1"',
      '3-3 tasksel/first (Choose software to install:): "standard", also for tasksel in the new system',
      '4-4 netcfg/get_hostname: counts as not asked',
      '5-5 netcfg/get_hostname: counts as asked',
      '6-6 some/thing: no answer',
      '7-7 netcfg/wireless_wpa (WPA/WPA2 passphrase for wireless device ...:): a password',
      '8-8 is broken: the installer stops here',
      '9-9 is not read: the installer stops before this line',
      '10-10 is not read: the installer stops before this line',
    ]);
    expect(explainPreseed('d-i a/b string c \\\n', { suite: 'bookworm' })).toEqual([
      { line: 1, lastLine: 1, text: 'is dropped: the file ends after a backslash' },
    ]);
  });
});
