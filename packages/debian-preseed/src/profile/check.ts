import { parsePreseed } from '../parse/parse.js';
import { type ProfileProblem } from './problem.js';
import { type PreseedProfile } from './profile.js';
import { type RuleName, RULES } from './rules.js';

/** Checks a profile: each value by its rule, and values that depend on each other. */
export function checkProfile(profile: PreseedProfile): readonly ProfileProblem[] {
  const problems: ProfileProblem[] = [];
  const check = (path: string, name: RuleName, value: string | undefined): void => {
    const { accepts, expected, fix } = RULES[name];
    if (value !== undefined && !accepts(value)) {
      problems.push(error(path, `expected ${expected}`, fix));
    }
  };
  const checkEach = (path: string, name: RuleName, values: readonly string[] = []): void => {
    for (const [index, value] of values.entries()) {
      check(`${path}[${index}]`, name, value);
    }
  };
  const { mirror, disk, user, root } = profile;
  check('locale', 'locale', profile.locale);
  check('keymap', 'keymap', profile.keymap);
  check('timezone', 'timezone', profile.timezone);
  check('hostname', 'hostname', profile.hostname);
  check('domain', 'domain', profile.domain);
  check('mirror.host', 'mirrorHost', mirror?.host);
  check('mirror.directory', 'directory', mirror?.directory);
  check('proxy', 'proxy', profile.proxy);
  check('disk.device', 'device', disk?.device);
  check('disk.passphrase', 'passphrase', disk?.passphrase);
  check('user.name', 'userName', user?.name);
  check('user.fullName', 'fullName', user?.fullName);
  check('user.passwordHash', 'passwordHash', user?.passwordHash);
  checkEach('user.sshKeys', 'sshKey', user?.sshKeys);
  check('root.passwordHash', 'passwordHash', root?.passwordHash);
  checkEach('root.sshKeys', 'sshKey', root?.sshKeys);
  checkEach('packages', 'packageName', profile.packages);
  checkEach('tasks', 'task', profile.tasks);
  check('kernelArgs', 'value', profile.kernelArgs);
  checkEach('earlyCommands', 'command', profile.earlyCommands);
  checkEach('lateCommands', 'command', profile.lateCommands);
  problems.push(...checkPassphrase(profile), ...checkLogins(profile));
  for (const [index, text] of (profile.raw ?? []).entries()) {
    problems.push(...checkRaw(`raw[${index}]`, text));
  }
  return problems;
}

function error(path: string, message: string, fix?: string): ProfileProblem {
  return { severity: 'error', path, message, ...(fix !== undefined && { fix }) };
}

function checkPassphrase({ disk = {} }: PreseedProfile): readonly ProfileProblem[] {
  const { method = 'regular', passphrase } = disk;
  if (method === 'crypto' && passphrase === undefined) {
    return [error('disk.passphrase', 'required to encrypt the disk')];
  }
  if (method !== 'crypto' && passphrase !== undefined) {
    return [error('disk.passphrase', `not used with method "${method}"`, 'set method to "crypto"')];
  }
  return [];
}

/** Checks that the new system has a login and a way to become root. */
function checkLogins({ user, root }: PreseedProfile): readonly ProfileProblem[] {
  const canLogIn = (login: { passwordHash?: string; sshKeys?: readonly string[] }): boolean =>
    login.passwordHash !== undefined || (login.sshKeys ?? []).length > 0;
  const problems: ProfileProblem[] = [];
  for (const [path, login] of [
    ['user', user],
    ['root', root],
  ] as const) {
    if (login !== undefined && !canLogIn(login)) {
      problems.push(error(path, 'can never log in', `set ${path}.passwordHash or ${path}.sshKeys`));
    }
  }
  if (user === undefined && root === undefined) {
    problems.push(error('user', 'nobody can log in', 'set user, or root, or both'));
  }
  if (user !== undefined && root === undefined && user.passwordHash === undefined) {
    problems.push({
      severity: 'warning',
      path: 'user.passwordHash',
      message: 'nobody can become root, since sudo asks for a password',
      fix: 'set a password, or root.sshKeys, or permit sudo without a password in lateCommands',
    });
  }
  return problems;
}

function checkRaw(path: string, text: string): readonly ProfileProblem[] {
  const { statements } = parsePreseed(text);
  const isBroken = statements.some(({ type }) => type === 'broken');
  // The parser returns no statement for a lone backslash, so check for it here.
  const endsOpen = text.trimEnd().endsWith('\\');
  if (isBroken || endsOpen || text.includes('\0') || statements.length > 1) {
    return [
      error(
        path,
        'expected one statement, as in "d-i netcfg/get_hostname string web1", or a comment',
      ),
    ];
  }
  return [];
}
