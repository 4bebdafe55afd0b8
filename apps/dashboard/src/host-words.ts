import { type Host } from './api/types.js';

type InstallState = NonNullable<Host['install']>['state'];

/** States of an installation, with their meaning for the machine. */
export const INSTALL_STATES: Readonly<Record<InstallState, string>> = {
  armed: 'armed: its next boot erases and installs it',
  started: 'started: the installer is running',
  installed: 'installed: it boots its local disk until the installation is forgotten',
  failed: 'failed: unless it is repeated, it boots the menu until the installation is forgotten',
  expired: 'expired: it did not boot in time',
  cancelled: 'cancelled',
};

/** Ways to recognise a machine, with their display names and an example. */
export const MATCHES = {
  mac: { title: 'MAC address', example: '52:54:00:12:34:56' },
  uuid: { title: 'UUID', example: '4c4c4544-0042-3010-8056-b4c04f595131' },
  ip: { title: 'IP address', example: '192.0.2.17' },
  subnet: { title: 'Subnet', example: '192.0.2.0/24' },
} as const;
export type MatchKind = keyof typeof MATCHES;

/** Returns the property that identifies the machine of a host, and its value. */
export function matchOf({ match }: Pick<Host, 'match'>): {
  readonly kind: MatchKind;
  readonly value: string;
} {
  const { mac, uuid, ip, subnet } = match;
  if (mac !== undefined) {
    return { kind: 'mac', value: mac };
  }
  if (uuid !== undefined) {
    return { kind: 'uuid', value: uuid };
  }
  return ip === undefined ? { kind: 'subnet', value: subnet ?? '' } : { kind: 'ip', value: ip };
}

/** Returns the display text for what a host boots. */
export function bootText(boot: string): string {
  const words: Readonly<Record<string, string>> = {
    menu: 'the menu',
    local: 'its local disk',
    install: 'the installer once, then its local disk',
  };
  return words[boot] ?? boot;
}

/** Returns all text that a search of hosts covers. */
export function hostSearchText(host: Host): string {
  const { name, boot, profile, suite, title, install } = host;
  return [name, matchOf(host).value, boot, profile, suite, title, install?.state]
    .join(' ')
    .toLowerCase();
}

/** Returns true while an installation is armed or running. */
export function isInstalling({ install }: Host): boolean {
  return install?.state === 'armed' || install?.state === 'started';
}

/** Reads lines of `name=value`; a line without `=` is a name without a value. */
export function variablesIn(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const [name = '', ...value] = line.split('=');
        return [name.trim(), value.join('=').trim()];
      }),
  );
}

export function isMatchKind(text: string): text is MatchKind {
  return Object.hasOwn(MATCHES, text);
}
