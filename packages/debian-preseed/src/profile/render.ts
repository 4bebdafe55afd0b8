import { checkProfile } from './check.js';
import { authorizeKeys, joinCommands } from './commands.js';
import { PreseedProfileError, type ProfileProblem } from './problem.js';
import {
  type DiskProfile,
  type MirrorProfile,
  type PreseedProfile,
  type RootProfile,
  type UserProfile,
} from './profile.js';

/** Result of {@link safeRenderPreseed}. */
export type RenderPreseedResult =
  | { readonly ok: true; readonly text: string; readonly problems: readonly ProfileProblem[] }
  | { readonly ok: false; readonly problems: readonly ProfileProblem[] };

/**
 * Renders a preseed that answers the installer's questions. The text contains the passphrase and the crypted
 * passwords of the profile.
 *
 * @throws {@link PreseedProfileError} when the profile has an error, such as an invalid value or no login
 */
export function renderPreseed(profile: PreseedProfile): string {
  const result = safeRenderPreseed(profile);
  if (!result.ok) {
    throw new PreseedProfileError(result.problems);
  }
  return result.text;
}

/** Renders a preseed like {@link renderPreseed}, and returns all problems, warnings included. */
export function safeRenderPreseed(profile: PreseedProfile): RenderPreseedResult {
  const problems = checkProfile(profile);
  if (problems.some(({ severity }) => severity === 'error')) {
    return { ok: false, problems };
  }
  const { disk, user, root, mirror, proxy } = profile;
  const sections: readonly (readonly string[])[] = [
    ['#_preseed_V1'],
    ['# Language, keyboard and time', ...renderPlace(profile)],
    ['# Network', ...renderNetwork(profile)],
    ['# Mirror', ...renderMirror(mirror, proxy)],
    ['# Logins', ...renderLogins(user, root)],
    ['# Disk', ...renderDisk(disk)],
    ['# Software', ...renderSoftware(profile)],
    ['# Boot loader', ...renderBootLoader(profile)],
    ['# Commands and end', ...renderEnd(profile)],
    profile.raw ?? [],
  ];
  const text = sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
  return { ok: true, text, problems };
}

type AnswerType = 'boolean' | 'multiselect' | 'note' | 'password' | 'select' | 'string';

/** Returns a line of the file. Values have been checked: they are one line that does not continue. */
function answer(question: string, type: AnswerType, value = '', owner = 'd-i'): string {
  return `${owner} ${question} ${type}${value === '' ? '' : ` ${value}`}`;
}

function renderPlace({ locale, keymap, timezone }: PreseedProfile): readonly string[] {
  return [
    answer('debian-installer/locale', 'string', locale ?? 'en_US.UTF-8'),
    answer('keyboard-configuration/xkb-keymap', 'select', keymap ?? 'us'),
    answer('clock-setup/utc', 'boolean', 'true'),
    answer('clock-setup/ntp', 'boolean', 'true'),
    answer('time/zone', 'string', timezone ?? 'Etc/UTC'),
  ];
}

function renderNetwork({ hostname, domain }: PreseedProfile): readonly string[] {
  return [
    answer('netcfg/choose_interface', 'select', 'auto'),
    answer('netcfg/get_hostname', 'string', hostname ?? 'unassigned-hostname'),
    answer('netcfg/get_domain', 'string', domain ?? 'unassigned-domain'),
    // Only this question overrides the name that DHCP gives.
    ...(hostname === undefined ? [] : [answer('netcfg/hostname', 'string', hostname)]),
    // Firmware in the initrd is still used; the question is about other media.
    answer('hw-detect/load_firmware', 'boolean', 'false'),
  ];
}

function renderMirror(
  { host, directory = '/debian', protocol = 'http' }: MirrorProfile = { host: 'ftp.debian.org' },
  proxy: string | undefined,
): readonly string[] {
  return [
    answer('mirror/country', 'string', 'manual'),
    answer('mirror/protocol', 'select', protocol),
    answer(`mirror/${protocol}/hostname`, 'string', host),
    answer(`mirror/${protocol}/directory`, 'string', directory),
    answer(`mirror/${protocol}/proxy`, 'string', proxy),
  ];
}

/** A password hash that no password matches; the installer asks for one if it is empty or `!`. */
const NO_PASSWORD = '*';

function renderLogins(
  user: UserProfile | undefined,
  root: RootProfile | undefined,
): readonly string[] {
  const lines = [answer('passwd/root-login', 'boolean', String(root !== undefined))];
  if (root !== undefined) {
    lines.push(
      answer('passwd/root-password-crypted', 'password', root.passwordHash ?? NO_PASSWORD),
    );
  }
  lines.push(answer('passwd/make-user', 'boolean', String(user !== undefined)));
  if (user !== undefined) {
    lines.push(
      answer('passwd/user-fullname', 'string', user.fullName ?? user.name),
      answer('passwd/username', 'string', user.name),
      answer('passwd/user-password-crypted', 'password', user.passwordHash ?? NO_PASSWORD),
    );
  }
  return lines;
}

function renderDisk(disk: DiskProfile = {}): readonly string[] {
  const { device, layout = 'atomic', method = 'regular', passphrase, erase = false } = disk;
  const lines: string[] = [];
  if (device === 'first') {
    const command = 'debconf-set partman-auto/disk "$(list-devices disk | head -n1)"';
    lines.push(answer('partman/early_command', 'string', command));
  } else if (device !== undefined) {
    lines.push(answer('partman-auto/disk', 'string', device));
  }
  lines.push(
    answer('partman-auto/method', 'string', method),
    answer('partman-auto/choose_recipe', 'select', layout),
  );
  if (method !== 'regular') {
    lines.push(answer('partman-auto-lvm/guided_size', 'string', 'max'));
  }
  if (passphrase !== undefined) {
    lines.push(
      answer('partman-crypto/passphrase', 'password', passphrase),
      answer('partman-crypto/passphrase-again', 'password', passphrase),
      answer('partman-auto-crypto/erase_disks', 'boolean', String(erase)),
    );
  }
  // Whatever is on the disk is overwritten without a question.
  lines.push(
    answer('partman-lvm/device_remove_lvm', 'boolean', 'true'),
    answer('partman-md/device_remove_md', 'boolean', 'true'),
    answer('partman-lvm/confirm', 'boolean', 'true'),
    answer('partman-lvm/confirm_nooverwrite', 'boolean', 'true'),
    answer('partman-efi/non_efi_system', 'boolean', 'true'),
    answer('partman-partitioning/confirm_write_new_label', 'boolean', 'true'),
    answer('partman/choose_partition', 'select', 'finish'),
    answer('partman/confirm', 'boolean', 'true'),
    answer('partman/confirm_nooverwrite', 'boolean', 'true'),
  );
  return lines;
}

function renderSoftware({
  packages = [],
  tasks = ['standard'],
  user,
  root,
}: PreseedProfile): readonly string[] {
  const hasKeys = [user, root].some((login) => (login?.sshKeys ?? []).length > 0);
  const included = new Set([...packages, ...(hasKeys ? ['openssh-server'] : [])]);
  return [
    answer('apt-setup/cdrom/set-first', 'boolean', 'false'),
    answer('tasksel/first', 'multiselect', tasks.join(', '), 'tasksel'),
    answer('pkgsel/include', 'string', [...included].join(' ')),
    answer('popularity-contest/participate', 'boolean', 'false', 'popularity-contest'),
  ];
}

function renderBootLoader({ disk, kernelArgs }: PreseedProfile): readonly string[] {
  const device = disk?.device;
  return [
    answer('grub-installer/only_debian', 'boolean', 'true'),
    answer('grub-installer/with_other_os', 'boolean', 'true'),
    answer(
      'grub-installer/bootdev',
      'string',
      device === undefined || device === 'first' ? 'default' : device,
    ),
    ...(kernelArgs === undefined
      ? []
      : [answer('debian-installer/add-kernel-opts', 'string', kernelArgs)]),
  ];
}

function renderEnd(profile: PreseedProfile): readonly string[] {
  const { earlyCommands = [], lateCommands = [], finish = 'reboot', user, root } = profile;
  const late = [...authorizeKeys(user, root), ...lateCommands];
  return [
    ...(earlyCommands.length === 0
      ? []
      : [answer('preseed/early_command', 'string', joinCommands(earlyCommands))]),
    ...(late.length === 0 ? [] : [answer('preseed/late_command', 'string', joinCommands(late))]),
    ...(finish === 'reboot' ? [] : [answer(`debian-installer/exit/${finish}`, 'boolean', 'true')]),
    answer('finish-install/reboot_in_progress', 'note'),
  ];
}
