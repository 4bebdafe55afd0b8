import {
  type PreseedProfile,
  PreseedProfileError,
  type ProfileProblem,
  safeRenderPreseed,
} from '@pxe/debian-preseed';

import { MIRROR_FOLDER } from '../access/mirror-path.js';
import { type ProfileSettings } from '../config/profile-settings.js';
import { templateText } from './template-text.js';

/** Template of a profile. */
export interface PreseedTemplate {
  /** Names of the variables that the template uses. */
  readonly variables: readonly string[];
  /** True if the disk is encrypted, and each installation needs its own passphrase. */
  readonly needsPassphrase: boolean;
  /**
   * Returns the preseed of a machine, with the template's commands separated from the rest.
   *
   * @param values - value of every variable
   * @param passphrase - passphrase of the disk; ignored without `needsPassphrase`
   * @throws {@link PreseedProfileError} when a value is invalid where it is used
   */
  render(values: Readonly<Record<string, string>>, passphrase?: string): RenderedPreseed;
}

export interface RenderedPreseed {
  /** Whole preseed, with the commands where the profile has them. */
  readonly whole: string;
  /** Preseed without the commands. */
  readonly text: string;
  /** Shell command of `preseed/early_command`; empty if the template has none. */
  readonly early: string;
  /** Shell command of `preseed/late_command`; empty if the template has none. */
  readonly late: string;
  /** Remarks about the profile. */
  readonly warnings: readonly ProfileProblem[];
}

/** Input of the commands that fetch and run the scripts and report the end; it contains a token. */
export interface InstallerCommands {
  /** URL of the scripts, without a trailing slash. */
  readonly url: string;
}

/**
 * Parses a preseed with `{{variables}}`.
 *
 * @throws Error when it is invalid
 */
export function preseedTemplate(text: string): PreseedTemplate {
  const template = templateText(text);
  return {
    variables: template.variables,
    needsPassphrase: false,
    render: (values) => withoutCommands(template.fill(values), []),
  };
}

/**
 * Prepares a profile of typed keys, with `{{variables}}` in its texts.
 *
 * @param passphrase - passphrase of the encrypted disk, if it comes from a file
 * @throws Error when a text is not a valid template
 */
export function typedTemplate(
  profile: ProfileSettings,
  passphrase: string | undefined,
): PreseedTemplate {
  const variables = new Set<string>();
  for (const { text } of textsOf(profile)) {
    templateText(text).variables.forEach((name) => variables.add(name));
  }
  const needsPassphrase = profile.disk?.method === 'crypto' && passphrase === undefined;
  return {
    variables: [...variables],
    needsPassphrase,
    render(values, own) {
      const filled = mapTexts(profile, (text) => templateText(text).fill(values));
      // A machine that no host matches has its MAC address as its name.
      const { hostname = '', domain = '' } = (values['name'] ?? '').includes(':') ? {} : values;
      const result = safeRenderPreseed({
        ...(hostname !== '' && { hostname }),
        ...(domain !== '' && { domain }),
        ...preseedProfile(filled, needsPassphrase ? own : passphrase, values['server'] ?? ''),
      });
      if (!result.ok) {
        throw new PreseedProfileError(result.problems);
      }
      return withoutCommands(result.text, result.problems);
    },
  };
}

/**
 * Converts a profile to the options of `@pxe/debian-preseed`, with the passphrase in place of the path of its
 * file.
 *
 * @param server - base URL of boot HTTP
 */
export function preseedProfile(
  { file: _file, mirror, disk, user, root, ...profile }: ProfileSettings,
  passphrase: string | undefined,
  server: string,
): PreseedProfile {
  const { passphrase: _none, passphraseFile: _path, ...plain } = disk ?? {};
  const { password: _userPassword, ...plainUser } = user ?? {};
  const { password: _rootPassword, ...plainRoot } = root ?? {};
  return {
    ...profile,
    ...(mirror !== undefined && {
      mirror:
        mirror === 'server' ? { host: new URL(server).host, directory: MIRROR_FOLDER } : mirror,
    }),
    ...(disk !== undefined && {
      disk: { ...plain, ...(passphrase !== undefined && { passphrase }) },
    }),
    ...(user !== undefined && { user: { name: user.name, ...plainUser } }),
    ...(root !== undefined && { root: plainRoot }),
  };
}

/** Text in a profile, with the path of its key. */
export interface ProfileText {
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** Returns all texts of a profile that may contain variables. */
export function textsOf(profile: ProfileSettings): readonly ProfileText[] {
  const texts: ProfileText[] = [];
  mapTexts(profile, (text, path) => {
    texts.push({ text, path });
    return text;
  });
  return texts;
}

/** Keys whose values are not templates. */
const FILES: ReadonlySet<string | number | undefined> = new Set(['file', 'passphraseFile']);

function mapTexts<Value>(
  value: Value,
  map: (text: string, path: readonly (string | number)[]) => string,
  path: readonly (string | number)[] = [],
): Value {
  const mapped: unknown =
    typeof value === 'string' && !FILES.has(path.at(-1))
      ? map(value, path)
      : Array.isArray(value)
        ? value.map((item: unknown, index) => mapTexts(item, map, [...path, index]))
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value).map(([key, item]) => [
                key,
                mapTexts(item, map, [...path, key]),
              ]),
            )
          : value;
  // Only the content of strings changes, so the type stays the same.
  return mapped as Value;
}

const COMMAND = /^\s*d-i\s+preseed\/(early|late)_command\s+string\s(.*)$/;

/**
 * Separates the commands from a preseed. If there are several early or late commands, the last one counts, as
 * in debian-installer.
 */
function withoutCommands(preseed: string, warnings: readonly ProfileProblem[]): RenderedPreseed {
  const lines: string[] = [];
  const commands = { early: '', late: '' };
  for (const line of logicalLines(preseed)) {
    const [, when, command = ''] = COMMAND.exec(line.replaceAll('\\\n', '')) ?? [];
    if (when === 'early' || when === 'late') {
      commands[when] = command.trim();
    } else {
      lines.push(line);
    }
  }
  return { whole: preseed, text: lines.join('\n'), ...commands, warnings };
}

/**
 * Splits a preseed into logical lines: one that ends with a backslash includes the next, unless it
 * is a comment.
 */
function logicalLines(text: string): readonly string[] {
  const lines: string[] = [];
  let isContinued = false;
  for (const line of text.replaceAll('\r\n', '\n').replace(/\n$/, '').split('\n')) {
    if (isContinued) {
      lines.push(`${lines.pop() ?? ''}\n${line}`);
    } else {
      lines.push(line);
    }
    isContinued = line.endsWith('\\') && !line.trimStart().startsWith('#');
  }
  return lines;
}

/** Minimum length of a line of a command that is hidden even on its own, in characters. */
const MIN_LINE_LENGTH = 8;

/** Answer of the type `password`; captures its value. */
const PASSWORD = /^[ \t]*\S+[ \t]+\S+[ \t]+password[ \t]+(\S.*)$/gm;

/**
 * Returns the texts in a preseed that must not appear in logs: its passwords, its commands, and their lines.
 */
export function secretsIn({ whole, early, late }: RenderedPreseed): readonly string[] {
  const passwords = [...whole.matchAll(PASSWORD)].map(([, password = '']) => password.trim());
  const commands = [early, late].flatMap((command) => [
    ...(command === '' ? [] : [command]),
    ...command
      .split(/\n|;|&&/)
      .map((line) => line.trim())
      .filter((line) => line.length >= MIN_LINE_LENGTH),
  ]);
  return [...passwords, ...commands];
}

/** Adds to a preseed the commands that run the installation's scripts. */
export function withScripts({ text }: RenderedPreseed, { url }: InstallerCommands): string {
  const run = (when: string): string =>
    `d-i preseed/${when}_command string wget -q -O /tmp/pxeboot-${when} ${url}/${when} && sh /tmp/pxeboot-${when}`;
  return `${text}\n${run('early')}\n${run('late')}\n`;
}

/** Returns the script that runs at the start of the installation. */
export function earlyScript({ early }: RenderedPreseed): string {
  return `${early === '' ? ':' : early}\n`;
}

/** Turns a line of `ssh-keygen -l` into `TYPE.FINGERPRINT,`, without characters that a URL would need to escape. */
const KEY_FIELDS = String.raw`sed -n 's/^[0-9]* SHA256:\([^ ]*\) .*(\([A-Z0-9-]*\))$/\2.\1,/p' | tr '+/' '-_'`;

/**
 * Returns the script that runs the late command at the end of the installation, and, if the command succeeds,
 * reports that the installation has finished.
 */
export function lateScript({ late }: RenderedPreseed, { url }: InstallerCommands): string {
  return [
    '(',
    late === '' ? ':' : late,
    ')',
    'status=$?',
    'if [ $status = 0 ]; then',
    '  keys=',
    '  for key in /target/etc/ssh/ssh_host_*_key.pub; do',
    '    if [ ! -e "$key" ]; then continue; fi',
    `    keys="$keys$(chroot /target ssh-keygen -l -f "\${key#/target}" | ${KEY_FIELDS})"`,
    '  done',
    '  for try in 1 2 3 4 5; do',
    // By default, wget would try each request twenty times, for half an hour in total.
    `    if wget -q -t 1 -T 10 -O /dev/null "${url}/done?keys=$keys"; then break; fi`,
    '    sleep 2',
    '  done',
    'fi',
    'exit $status',
    '',
  ].join('\n');
}
