import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { collectAnswers, parsePreseed } from '@pxe/debian-preseed';

import { readConfig } from '../src/cli/config-flags.js';
import { configJsonSchema } from '../src/config/json-schema.js';
import { checkHosts } from '../src/installs/preseed-check.js';
import { preseedTemplates } from '../src/installs/profiles.js';
import { configuredEntries } from '../src/menu/check-menu.js';
import { runPxeboot } from './support/pxeboot-command.js';

const EXAMPLES = fileURLToPath(new URL('../../../docs/profiles/', import.meta.url));
const HASH =
  '$6$saltsaltsalt$Cy2drr8kDRji6smvDcT28wkqtq0R0VzVL5CkrjPQCITc5d/31j94knt9rGTcVSyjLXfjsiIsBh5ee8qR/3QDx1';
const USER = `user: { name: ada, passwordHash: ${HASH} }`;

let directory: string;
let file: string;

async function prepare(): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'pxeboot-profiles-'));
  file = join(directory, 'pxeboot.yaml');
}

function cleanUp(): Promise<void> {
  return rm(directory, { recursive: true, force: true });
}

function read() {
  return readConfig({ file, env: {}, flags: new Map() });
}

/** Returns the problems in a configuration, without the path of its file. */
async function problemsOf(yaml: string): Promise<string> {
  await writeFile(file, yaml);
  const problems = await read().then(() => 'none', String);
  return problems.replaceAll(`${directory}/`, '').replace(/^\w*Error: /, '');
}

/** Returns the preseed of the first host, with the findings of its check. */
async function firstHost(yaml: string) {
  await writeFile(file, yaml);
  const { config } = await read();
  const [first] = checkHosts(config, await preseedTemplates(config), configuredEntries(config));
  const whole = first?.rendered.whole ?? '';
  const answers = collectAnswers(parsePreseed(whole));
  return {
    whole,
    answer: (name: string) => answers.get(name)?.value?.text,
    found: first?.findings,
  };
}

const HOST = 'hosts: [{ name: web1.example.com, match: { ip: 10.0.0.1 }, profile: web';

describe('typed profiles', () => {
  beforeEach(prepare);
  afterEach(cleanUp);

  it('read only regular files, of at most 4 MiB', async () => {
    expect(await problemsOf('profiles: { web: { file: /dev/zero } }\n')).toMatch(
      /web\.file: cannot read \/dev\/zero: this is not a regular file \(EFTYPE\)/,
    );
    const typed = `profiles: { web: { ${USER}, disk: { method: crypto, passphraseFile: long } } }\n`;
    await writeFile(join(directory, 'long'), 'x'.repeat(4 * 1024 * 1024 + 1), { mode: 0o600 });
    expect(await problemsOf(typed.replace('long', join(directory, 'long')))).toMatch(
      /passphraseFile: cannot read long: this file is too large \(EFBIG\)/,
    );
  });

  it('render the preseed of each host, with its variables and its name', async () => {
    const { answer, found } = await firstHost(
      `profiles:\n  web:\n    ${USER}\n    timezone: '{{zone}}'\n    raw: ['d-i time/zone seen {{seen}}']\n${HOST}, variables: { zone: Europe/Rome, seen: true } }]\n`,
    );
    expect(answer('time/zone')).toBe('Europe/Rome');
    expect(answer('netcfg/get_hostname')).toBe('web1');
    expect(answer('netcfg/get_domain')).toBe('example.com');
    expect(answer('passwd/user-password-crypted')).toBe(HASH);
    expect(found?.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(found?.map(({ code }) => code)).not.toContain('too-late');
  });

  it('list only the first problems of many', async () => {
    const profiles = Array.from({ length: 200 }, (_, index) => `  web${index}: { locale: de_DE }`);
    const problems = await problemsOf(`profiles:\n${profiles.join('\n')}\n`);
    expect(problems.split('\n')).toHaveLength(101);
    expect(problems).toMatch(/further problems are not listed$/);
  });

  it('name the key and the line of each problem, and never a password', async () => {
    const problems = await problemsOf(
      [
        'profiles:',
        '  a:',
        '    locale: Deutsch',
        '    user:',
        '      name: ada',
        '      passwordHash: hunter2',
        '  b:',
        '    user: { name: ada, password: hunter2 }',
        '',
      ].join('\n'),
    );
    expect(problems).toBe(
      'pxeboot.yaml:8: profiles.b.user.password: a plain password is not accepted: set passwordHash to the output of "mkpasswd -m yescrypt" or "openssl passwd -6"',
    );
    const values = await problemsOf(
      'profiles:\n  a:\n    locale: Deutsch\n    user:\n      name: ada\n      passwordHash: hunter2\n',
    );
    expect(values.split('\n')).toEqual([
      'pxeboot.yaml:3: profiles.a.locale: expected a locale, as in "de_DE.UTF-8"',
      'pxeboot.yaml:6: profiles.a.user.passwordHash: expected a crypted password; make one with "mkpasswd -m yescrypt" or "openssl passwd -6"',
    ]);
  });

  it.each([
    [
      `profiles: { a: { file: x, ${USER} } }`,
      /a\.file: a profile with a file may have no other keys/,
    ],
    ['profiles: { a: {} }', /profiles\.a: expected file, raw, or keys such as user/],
    ['profiles: { a: { locale: C } }', /profiles\.a\.user: nobody can log in; set user, or root/],
    [`profiles: { a: { ${USER}, timezon: x } }`, /unknown key; did you mean timezone\?/],
    [`profiles: { a: { ${USER}, disk: { layout: x } } }`, /expected atomic, home or multi/],
    [`profiles: { a: { ${USER}, hostname: '{{#x}}' } }`, /a\.hostname: Unclosed section/],
    [`profiles: { a: { ${USER}, proxy: '{{> /etc/passwd}}' } }`, /cannot include another file/],
    [`profiles: { a: { ${USER}, raw: ['d-i x'] } }`, /a\.raw\[0\]: expected one statement/],
    [
      `profiles: { a: { ${USER}, disk: { passphrase: secret123 } } }`,
      /set passphraseFile to its path, or set neither/,
    ],
    [`profiles: { web: { ${USER}, timezone: '{{zone}}' } }\n${HOST} }]`, /web needs zone/],
    [
      `profiles: { web: { ${USER}, timezone: '{{zone}}' } }\n${HOST}, variables: { zone: a b } }]`,
      /hosts\[0\]\.variables: with these values, the profile web is invalid: timezone: expected a time zone/,
    ],
    [
      `profiles: { web: { ${USER}, disk: { method: crypto } } }\n${HOST}, boot: install }]`,
      /hosts\[0\]\.boot: nobody would see the passphrase/,
    ],
    [
      `profiles: { web: { ${USER}, disk: { method: crypto } } }\nunknown: { boot: install, profile: web }`,
      /unknown\.boot: nobody would see the passphrase/,
    ],
  ])('refuse %s', async (yaml, expected) => {
    const problems = await problemsOf(yaml);
    expect(problems).toMatch(expected);
    expect(problems).not.toMatch(/secret123/);
  });

  it('read the passphrase of a disk from a file that others cannot read', async () => {
    const secret = join(directory, 'disk');
    await writeFile(secret, 'correct horse battery\n', { mode: 0o600 });
    const profile = (method: string): string =>
      `profiles: { web: { ${USER}, disk: { method: ${method}, passphraseFile: ${secret} } } }\n${HOST} }]\n`;
    const { answer } = await firstHost(profile('crypto'));
    expect(answer('partman-crypto/passphrase')).toBe('correct horse battery');
    expect(await problemsOf(profile('lvm'))).toMatch(
      /web\.disk\.passphraseFile: not used with method "lvm"/,
    );
    await writeFile(secret, 'short');
    expect(await problemsOf(profile('crypto'))).toMatch(/passphraseFile: expected 8 to 512/);
    await chmod(secret, 0o644);
    expect(await problemsOf(profile('crypto'))).toMatch(
      /passphraseFile: expected mode 0640 or stricter, got 0644; run "chmod 640 /,
    );
  });

  it('are checked for the suite of the entry that installs a host of their architecture', async () => {
    const profile =
      "images: [trixie, 'bookworm:i386']\nprofiles: { web: { raw: ['d-i auto-install/cloak_initrd_preseed boolean true'] } }\n";
    const isNotKnown = async (host: string) =>
      (await firstHost(`${profile}${host}`)).found?.some(
        ({ code }) => code === 'question-not-known-here',
      );
    expect(await isNotKnown(`${HOST} }]`)).toBe(false);
    expect(await isNotKnown(`${HOST}, arch: i386 }]`)).toBe(true);
  });

  it('install from this server if they say so and it passes on a mirror', async () => {
    const profile = `profiles: { web: { ${USER}, mirror: server } }\n${HOST} }]\n`;
    expect(await problemsOf(profile)).toMatch(/profiles\.web\.mirror: .*set http\.mirror: true/);
    const { answer } = await firstHost(`http: { mirror: true }\n${profile}`);
    expect(answer('mirror/http/hostname')).toBe('192.0.2.10:8069');
    expect(answer('mirror/http/directory')).toBe('/mirror/http');
    expect(await problemsOf(profile.replace('mirror: server', 'mirror: other'))).toMatch(
      /profiles\.web\.mirror: expected "server", or the key host, /,
    );
  });

  it('are in the JSON Schema', () => {
    expect(JSON.stringify(configJsonSchema())).toContain('"passphraseFile"');
  });

  it.each(['server', 'desktop', 'encrypted'])(
    'of the example %s answer everything, and read back as written',
    async (name) => {
      file = join(EXAMPLES, `${name}.yaml`);
      const { config } = await read();
      const [host] = checkHosts(config, await preseedTemplates(config), configuredEntries(config));
      const codes = new Set(host?.findings.map(({ code }) => code));
      codes.delete('plain-password');
      codes.delete('question-not-known-here');
      const open = host?.findings.filter(({ code }) => code === 'will-be-asked');
      // With several disks, the installer asks for one, as it should unless the profile names the disk.
      expect(open?.map(({ message }) => message)).toEqual(
        name === 'desktop'
          ? ['the installer asks "partman-auto/disk" if it has several disks']
          : [],
      );
      codes.delete('will-be-asked');
      expect([...codes]).toEqual([]);
      const answers = collectAnswers(parsePreseed(host?.rendered.whole ?? ''));
      const [hostname] = host?.host.name.split('.') ?? [];
      expect(answers.get('netcfg/get_hostname')?.value?.text).toBe(hostname);
      expect(answers.get('passwd/username')?.value?.text).toBe('ada');
      expect(answers.get('partman-auto/method')?.value?.text).toBe(
        { server: 'lvm', desktop: 'regular', encrypted: 'crypto' }[name],
      );
    },
  );

  it('are the only examples', async () => {
    expect((await readdir(EXAMPLES)).toSorted()).toEqual([
      'desktop.yaml',
      'encrypted.yaml',
      'server.yaml',
    ]);
  });
});

describe('pxeboot preseed', () => {
  beforeEach(prepare);
  afterEach(cleanUp);

  it('checks the preseed of a host as it is installed, and shows it without passwords', async () => {
    await writeFile(file, `profiles: { web: { ${USER} } }\n${HOST} }]\n`);
    const run = (...args: string[]) => runPxeboot(['preseed', ...args, '--config', file]);
    const check = await run('check', '--host', 'WEB1.example.com');
    expect(check.stdout).toMatch(
      /^preseed of WEB1\.example\.com: note: the installer asks "partman-auto\/disk" if/,
    );
    expect(check.stdout).toMatch(/\n0 errors, 0 warnings, \d+ notes?\n$/);
    expect(check).toMatchObject({ stderr: '', code: 0 });
    const show = await run('show', '--host', 'web1.example.com');
    expect(show.stdout).toContain('d-i passwd/user-password-crypted password (hidden)\n');
    expect(show.stdout).toContain('d-i netcfg/get_hostname string web1\n');
    expect(show.stdout).not.toContain('$6$');
    const json: unknown = JSON.parse(
      (await run('show', '--host', 'web1.example.com', '--json')).stdout,
    );
    expect(json).toMatchObject({ preseed: show.stdout });
    expect(await run('show', '--host', 'web2')).toMatchObject({ code: 4 });
    expect(await run('check')).toMatchObject({ code: 2 });
  });

  it('checks a file, with the line of each finding', async () => {
    const cfg = join(directory, 'a.cfg');
    await writeFile(cfg, '# A\nd-i passwd/make-user boolean maybe\n');
    const run = (...args: string[]) => runPxeboot(['preseed', 'check', cfg, ...args]);
    const check = await run();
    expect(check.stdout).toMatch(/a\.cfg:2:30: error: expected "true" or "false"/);
    expect(check.stderr).toMatch(/a\.cfg has errors\n$/);
    expect(check.code).toBe(1);
    const json: unknown = JSON.parse((await run('--json')).stdout);
    expect(json).toMatchObject({ ok: false });
    expect(json).toHaveProperty('findings[0]', expect.objectContaining({ line: 2, column: 30 }));
    await writeFile(cfg, 'd-i netcfg/get_hostname string web1 # name\n');
    expect((await run()).code).toBe(0);
    expect((await run('--strict')).code).toBe(1);
    expect(await runPxeboot(['preseed', 'check', join(directory, 'b.cfg')])).toMatchObject({
      code: 4,
    });
  });

  it('is part of "config check"', async () => {
    const cfg = join(directory, 'a.cfg');
    await writeFile(cfg, 'd-i x\n');
    await writeFile(file, `profiles: { web: { file: ${cfg} } }\n${HOST} }]\n`);
    const check = await runPxeboot(['config', 'check', '--config', file]);
    expect(check.stderr).toMatch(/preseed of web1\.example\.com:1:1: error: the installer stops/);
    expect(check.stderr).toMatch(/pxeboot: errors in: preseed of web1\.example\.com\n/);
    expect(check.code).toBe(3);
    await writeFile(
      file,
      `profiles: { web: { file: ${cfg} }, needy: { raw: ['d-i {{x}}'] }, fine: { ${USER} } }\n`,
    );
    const unused = await runPxeboot(['config', 'check', '--config', file]);
    expect(unused.stderr).toMatch(/^profile web:1:1: error: the installer stops/);
    expect(unused.stderr).toMatch(/pxeboot: errors in: profile web\n/);
    expect(unused.code).toBe(3);
  });
});
