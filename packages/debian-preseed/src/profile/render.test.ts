import { execFileSync } from 'node:child_process';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  HASH,
  hostileProfile,
  hostileText,
  oddProfile,
  PROFILES,
  SSH_KEY,
} from '../../test/support/profiles.js';
import { collectAnswers } from '../parse/answers.js';
import { parsePreseed } from '../parse/parse.js';
import { joinCommands } from './commands.js';
import { PreseedProfileError } from './problem.js';
import { type PreseedProfile } from './profile.js';
import { renderPreseed, safeRenderPreseed } from './render.js';

function valueOf(profile: PreseedProfile, question: string): string | undefined {
  return collectAnswers(parsePreseed(renderPreseed(profile))).get(question)?.value?.text;
}

function problemsOf(profile: PreseedProfile): readonly string[] {
  return safeRenderPreseed(profile).problems.map(({ severity, path }) => `${severity} ${path}`);
}

const user = { name: 'ada', passwordHash: HASH };

describe('renderPreseed', () => {
  it.each(Object.keys(PROFILES))('renders the profile "%s" to a text that reads back', (name) => {
    const text = renderPreseed(PROFILES[name]!);
    const { statements } = parsePreseed(text);
    expect(statements.filter(({ type }) => type === 'broken')).toEqual([]);
    expect(text).toMatchSnapshot();
  });

  it('keeps every value on its line, and refuses the rest', () => {
    const expected = new Set(
      Object.values(PROFILES).flatMap((profile) =>
        parsePreseed(renderPreseed(profile)).statements.flatMap((statement) =>
          statement.type === 'broken' ? [] : [statement.question.text],
        ),
      ),
    );
    fc.assert(
      fc.property(hostileProfile, (profile) => {
        const result = safeRenderPreseed(profile);
        if (!result.ok) {
          expect(result.problems.some(({ severity }) => severity === 'error')).toBe(true);
          return;
        }
        const { statements } = parsePreseed(result.text);
        const lines = result.text
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('#'));
        expect(statements).toHaveLength(lines.length);
        for (const statement of statements) {
          expect(statement.type === 'answer' && expected.has(statement.question.text)).toBe(true);
        }
      }),
    );
  });

  it('renders odd values unchanged', () => {
    fc.assert(
      fc.property(oddProfile, (profile) => {
        const answers = collectAnswers(parsePreseed(renderPreseed(profile)));
        const read = (question: string): string | undefined => answers.get(question)?.value?.text;
        expect(read('passwd/user-fullname')).toBe(profile.user?.fullName);
        expect(read('debian-installer/add-kernel-opts')).toBe(profile.kernelArgs);
        const [command, ...others] = profile.earlyCommands ?? [];
        if (others.length === 0) {
          expect(read('preseed/early_command')).toBe(command);
        }
      }),
    );
  });

  it.each([
    ['locale', { locale: 'de' + '_DE UTF-8' }],
    ['keymap', { keymap: 'us\nd-i a/b string c' }],
    ['timezone', { timezone: '../etc/passwd' }],
    ['hostname', { hostname: 'web1.example.com' }],
    ['domain', { domain: '-x' }],
    ['mirror.host', { mirror: { host: 'http://ftp.debian.org' } }],
    ['mirror.directory', { mirror: { host: 'a', directory: 'debian' } }],
    ['proxy', { proxy: 'proxy:3128' }],
    ['disk.device', { disk: { device: 'sda' } }],
    ['disk.passphrase', { disk: { method: 'crypto', passphrase: 'short' } }],
    ['disk.passphrase', { disk: { method: 'crypto' } }],
    ['disk.passphrase', { disk: { method: 'lvm', passphrase: '12345678' } }],
    ['disk.passphrase', { disk: { passphrase: '12345678' } }],
    ['user.name', { user: { ...user, name: 'root' } }],
    ['user.name', { user: { ...user, name: 'Ada' } }],
    ['user.fullName', { user: { ...user, fullName: 'Lovelace, Ada' } }],
    ['user.passwordHash', { user: { name: 'ada', passwordHash: 'secret' } }],
    ['user.sshKeys[1]', { user: { ...user, sshKeys: [SSH_KEY, 'no key'] } }],
    ['root.passwordHash', { root: { passwordHash: '!' } }],
    ['root.sshKeys[0]', { root: { sshKeys: [`command="x" ${SSH_KEY}`] } }],
    ['packages[0]', { packages: ['curl wget'] }],
    ['tasks[0]', { tasks: ['standard, ssh-server'] }],
    ['kernelArgs', { kernelArgs: 'quiet \\' }],
    ['kernelArgs', { kernelArgs: ' quiet' }],
    ['kernelArgs', { kernelArgs: '\ud800' }],
    ['earlyCommands[0]', { earlyCommands: [''] }],
    ['lateCommands[0]', { lateCommands: ['a\nb'] }],
    ['raw[0]', { raw: ['d-i a/b'] }],
    ['raw[0]', { raw: ['d-i a/b string x\nd-i a/c string y'] }],
    ['raw[0]', { raw: ['d-i a/b string x \\\n'] }],
    ['raw[0]', { raw: ['\\'] }],
    ['raw[0]', { raw: ['# x\0y z a'] }],
    ['user', { user: { name: 'ada' } }],
    ['root', { root: {} }],
  ] as const)('refuses a wrong %s', (path, keys) => {
    const profile: PreseedProfile = 'root' in keys ? keys : { user, ...keys };
    expect(problemsOf(profile)).toContain(`error ${path}`);
    expect(() => renderPreseed(profile)).toThrow(PreseedProfileError);
  });

  it('refuses a profile that lets nobody log in', () => {
    expect(problemsOf({})).toEqual(['error user']);
  });

  it('names the command that hashes a password, but never the password', () => {
    const render = (): string => renderPreseed({ user: { name: 'ada', passwordHash: 'hunter2' } });
    expect(render).toThrow(/user\.passwordHash: .*mkpasswd -m yescrypt.*openssl passwd -6/);
    expect(render).not.toThrow(/hunter2/);
  });

  it('warns if nobody can become root', () => {
    expect(problemsOf({ user: { name: 'ada', sshKeys: [SSH_KEY] } })).toEqual([
      'warning user.passwordHash',
    ]);
  });

  it('locks a login without a password, so that the installer does not ask for one', () => {
    expect(valueOf(PROFILES['rootOnly']!, 'passwd/root-password-crypted')).toBe('*');
  });

  it('installs a server for SSH keys', () => {
    expect(valueOf(PROFILES['server']!, 'pkgsel/include')).toBe('curl g++ openssh-server');
  });
});

describe('joinCommands', () => {
  /** Runs a command as the installer does. */
  const run = (command: string): string =>
    execFileSync('sh', ['-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

  it('runs each command separately, whatever it contains', () => {
    const commands = ['echo a; echo b # c', "echo 'd e' | cat", 'cd / && pwd &', 'echo "$0" \'"\''];
    expect(run(joinCommands(commands))).toContain('a\nb\nd e\n');
    expect(run(joinCommands(commands))).toContain('sh "\n');
  });

  it('stops at the first failure', () => {
    expect(() => run(joinCommands(['false', 'exit 0']))).toThrow();
  });

  it('passes any text on to the shell', () => {
    const words = hostileText.map((text) => text.replaceAll(/[\0\n\r\p{Surrogate}]/gu, ''));
    fc.assert(
      fc.property(words, words, (one, two) => {
        const print = (text: string): string =>
          `printf %s "${text.replaceAll(/["$\\`]/g, '\\$&')}"`;
        expect(run(joinCommands([print(one), print(two)]))).toBe(`${one}${two}`);
      }),
      { numRuns: 20 },
    );
  });
});
