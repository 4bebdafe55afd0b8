import { stat } from 'node:fs/promises';

import { PreseedProfileError, type ProfileProblem, safeRenderPreseed } from '@pxe/debian-preseed';

import { fileReason } from '../config/file-reason.js';
import { readNamedFile } from '../config/named-files.js';
import { keyText } from '../config/problems.js';
import { isTyped, type ProfileSettings } from '../config/profile-settings.js';
import { type ServerConfig } from '../config/schema.js';
import { valueAt } from '../config/tree.js';
import { ConfigError, type ConfigProblem } from '../errors.js';
import { missingVariables, SAMPLE_PASSPHRASE, SAMPLE_VALUES, variablesOf } from './host-values.js';
import {
  preseedProfile,
  type PreseedTemplate,
  preseedTemplate,
  textsOf,
  typedTemplate,
} from './preseed.js';
import { templateText } from './template-text.js';

/**
 * Permissions that a passphrase file must not have: any for other users, and write permission for its group.
 * On Kubernetes, the group can read such files.
 */
const REFUSED = 0o027;

/** Returns the place of a key in the configuration, as in `pxeboot.yaml:3`. */
type SourceOf = (path: readonly PropertyKey[]) => string;

/**
 * Reads the templates of all profiles.
 *
 * @param sourceOf - returns the place of a key
 * @throws {@link ConfigError} when a file cannot be read, a profile is invalid, or a host cannot be installed
 * from its profile
 */
export async function preseedTemplates(
  {
    profiles = {},
    hosts = [],
    unknown,
    http,
  }: Pick<ServerConfig, 'profiles' | 'hosts' | 'unknown' | 'http'>,
  sourceOf: SourceOf = () => '',
): Promise<ReadonlyMap<string, PreseedTemplate>> {
  const templates = new Map<string, PreseedTemplate>();
  const problems: ConfigProblem[] = [];
  const put = (path: readonly PropertyKey[], message: string): void => {
    problems.push({ key: keyText(path), source: sourceOf(path), message });
  };
  for (const [name, profile] of Object.entries(profiles)) {
    const template = await templateOf(profile, (path, message) => {
      put(['profiles', name, ...path], message);
    });
    if (template !== undefined) {
      templates.set(name, template);
    }
    if (profile.mirror === 'server' && !http.mirror) {
      put(
        ['profiles', name, 'mirror'],
        'this server does not pass on files from a mirror: set http.mirror: true',
      );
    }
  }
  for (const [index, host] of hosts.entries()) {
    const template = templates.get(host.profile ?? '');
    if (template === undefined) {
      continue;
    }
    const path = ['hosts', index, 'variables'];
    const missing = missingVariables(template, host);
    if (missing.length > 0) {
      put(path, `the profile ${host.profile ?? ''} needs ${missing.join(', ')}`);
      continue;
    }
    const fault = renderFault(template, { ...variablesOf(host, host.name), ...SAMPLE_VALUES });
    if (fault !== undefined) {
      put(path, `with these values, the profile ${host.profile ?? ''} is invalid: ${fault}`);
    }
    if (host.boot === 'install' && template.needsPassphrase) {
      put(['hosts', index, 'boot'], NOBODY_SEES);
    }
  }
  if (
    unknown.boot === 'install' &&
    templates.get(unknown.profile ?? '')?.needsPassphrase === true
  ) {
    put(['unknown', 'boot'], NOBODY_SEES);
  }
  if (problems.length > 0) {
    throw new ConfigError(problems);
  }
  return templates;
}

const NOBODY_SEES =
  'nobody would see the passphrase of the disk: set disk.passphraseFile in the profile, or run "pxeboot hosts install", which shows it';

/** Returns the reason for which a template cannot be rendered; undefined if it can be. */
export function renderFault(
  template: PreseedTemplate,
  values: Readonly<Record<string, string>>,
): string | undefined {
  try {
    template.render(values, SAMPLE_PASSPHRASE);
    return undefined;
  } catch (error) {
    if (!(error instanceof PreseedProfileError)) {
      throw error;
    }
    return error.problems
      .filter(({ severity }) => severity === 'error')
      .map(({ path, message, fix }) => `${path}: ${sentence(message, fix)}`)
      .join('; ');
  }
}

function sentence(message: string, fix: string | undefined): string {
  return fix === undefined ? message : `${message}; ${fix}`;
}

/** Reports a problem in a profile, by the path of a key within the profile. */
type Report = (path: readonly PropertyKey[], message: string) => void;

/** Returns the template of a profile; undefined if it has problems, which are then reported. */
async function templateOf(
  profile: ProfileSettings,
  report: Report,
): Promise<PreseedTemplate | undefined> {
  const { file, raw = [], disk } = profile;
  if (!isTyped(profile)) {
    try {
      const text = file === undefined ? '' : (await readNamedFile(file)).toString('utf8');
      const separator = text === '' || text.endsWith('\n') ? '' : '\n';
      return preseedTemplate(`${text}${separator}${raw.join('\n')}`);
    } catch (error) {
      report([file === undefined ? 'raw' : 'file'], reasonFor(file, error));
      return undefined;
    }
  }
  let passphrase: string | undefined;
  if (disk?.passphraseFile !== undefined) {
    try {
      passphrase = await readPassphrase(disk.passphraseFile);
    } catch (error) {
      report(['disk', 'passphraseFile'], reasonFor(disk.passphraseFile, error));
      return undefined;
    }
  }
  const problems = [...templateProblems(profile), ...valueProblems(profile, passphrase)];
  for (const { path, message } of problems) {
    report(path, message);
  }
  return problems.length > 0 ? undefined : typedTemplate(profile, passphrase);
}

/** Reads a passphrase. @throws Error when the file cannot be read, or when others can read it */
async function readPassphrase(path: string): Promise<string> {
  const { mode } = await stat(path);
  if ((mode & REFUSED) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, '0');
    throw new Error(`expected mode 0640 or stricter, got ${octal}; run "chmod 640 ${path}"`);
  }
  return (await readNamedFile(path)).toString('utf8').replace(/\r?\n$/, '');
}

interface PlacedProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function templateProblems(profile: ProfileSettings): readonly PlacedProblem[] {
  return textsOf(profile).flatMap(({ path, text }) => {
    try {
      templateText(text);
      return [];
    } catch (error) {
      return [{ path, message: messageOf(error) }];
    }
  });
}

/**
 * Checks the values in the same way as the package that renders them, except those that depend on variables.
 */
function valueProblems(
  profile: ProfileSettings,
  passphrase: string | undefined,
): readonly PlacedProblem[] {
  const own = profile.disk?.method === 'crypto' ? SAMPLE_PASSPHRASE : undefined;
  const { problems } = safeRenderPreseed(
    preseedProfile(profile, passphrase ?? own, SAMPLE_VALUES.server),
  );
  return problems
    .filter(({ severity }) => severity === 'error')
    .map(({ path, message, fix }: ProfileProblem) => ({
      path: pathOf(path),
      message: sentence(message, fix),
    }))
    .filter(({ path }) => !isVariable(valueAt(profile, path)));
}

function isVariable(value: unknown): boolean {
  return typeof value === 'string' && value.includes('{{');
}

/**
 * Splits a key such as `user.sshKeys[0]` into its path. A problem with the passphrase is reported as a
 * problem with its file.
 */
function pathOf(path: string): readonly (string | number)[] {
  return path === 'disk.passphrase'
    ? ['disk', 'passphraseFile']
    : path
        .split(/[.[\]]+/)
        .filter((part) => part !== '')
        .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Returns the message for an error in reading or parsing a file; `file` is undefined if there is none. */
function reasonFor(file: string | undefined, error: unknown): string {
  const isSystemError = error instanceof Error && 'code' in error;
  return isSystemError && file !== undefined
    ? `cannot read ${file}: ${fileReason(error)}`
    : messageOf(error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
