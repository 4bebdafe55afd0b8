import { type Loss } from '../dialect/losses.js';
import { type NamedItem } from '../dialect/leave-out.js';
import { type SystemInfo } from '../model/menu.js';

/** What iPXE's settings give of the machine without blanks in it. */
export const SYSTEM_INFO_SETTINGS: Readonly<Partial<Record<SystemInfo, string>>> = {
  ip: 'ip=${netX/ip}:${next-server}:${netX/gateway}:${netX/netmask}',
  sysuuid: 'SYSUUID=${uuid}',
};

/** Why iPXE cannot have an item; undefined when it can. */
export function obstacle(item: NamedItem): string | undefined {
  if (item.passwordHash !== undefined) return 'iPXE cannot check its password';
  return item.type === 'syslinux' ? 'only syslinux can start it' : undefined;
}

/** What iPXE drops without harm. */
export const losses: readonly Loss[] = [
  {
    severity: 'note',
    code: 'not-shown',
    message: 'iPXE shows no help texts',
    concerns: (item) =>
      item.type !== 'separator' && item.type !== 'submenu' && item.help !== undefined,
  },
  {
    severity: 'note',
    code: 'not-shown',
    message: 'iPXE shows no indents',
    concerns: (item) =>
      item.type !== 'separator' && item.type !== 'submenu' && (item.indent ?? 0) > 0,
  },
  {
    severity: 'warning',
    code: 'not-appended',
    message: 'iPXE can append only ip and sysuuid of the information about the machine',
    concerns: (item) =>
      item.type === 'linux' &&
      (item.systemInfo ?? []).some((name) => SYSTEM_INFO_SETTINGS[name] === undefined),
  },
];
