import { isBiosProgram, isRealModeKernel } from '../../dialect/bios-only.js';
import { type Loss, type NamedItem } from '../../dialect/dialect.js';
import { readsConfiguration } from '../../dialect/other-configuration.js';
import { type SystemInfo } from '../../model/menu.js';

/** Kernel arguments made of iPXE settings, by name; only those whose values contain no spaces. */
export const SYSTEM_INFO_SETTINGS: Readonly<Partial<Record<SystemInfo, string>>> = {
  ip: 'ip=${netX/ip}:${next-server}:${netX/gateway}:${netX/netmask}',
  sysuuid: 'SYSUUID=${uuid}',
};

/** Returns the reason why iPXE cannot express an item; undefined if it can. */
export function obstacle(item: NamedItem): string | undefined {
  if (item.passwordHash !== undefined) {
    return 'iPXE cannot check its password';
  }
  if (item.type !== 'syslinux') {
    return undefined;
  }
  return readsConfiguration(item)
    ? 'only syslinux can read the configuration file that it names; pass the parser a resolver that returns it'
    : 'only syslinux can start it';
}

/** Parts of items that iPXE drops while the items themselves are written. */
export const losses: readonly Loss[] = [
  {
    severity: 'note',
    code: 'not-appended',
    message: 'iPXE does not support options of reboot.c32',
    concerns: (item) => item.type === 'reboot' && item.options !== undefined,
  },
  {
    severity: 'note',
    code: 'not-shown',
    message: 'iPXE does not show help text',
    concerns: (item) =>
      item.type !== 'separator' && item.type !== 'submenu' && item.help !== undefined,
  },
  {
    severity: 'note',
    code: 'not-shown',
    message: 'iPXE does not indent entries',
    concerns: (item) =>
      item.type !== 'separator' && item.type !== 'submenu' && (item.indent ?? 0) > 0,
  },
  {
    severity: 'warning',
    code: 'not-appended',
    message: 'of the machine information, iPXE can append only ip and sysuuid',
    concerns: (item) =>
      item.type === 'linux' &&
      (item.systemInfo ?? []).some((name) => SYSTEM_INFO_SETTINGS[name] === undefined),
  },
  {
    severity: 'note',
    code: 'not-shown',
    message: 'iPXE has one theme and one countdown for all menus',
    concerns: (item) =>
      item.type === 'submenu' && (item.theme !== undefined || item.timeoutSeconds !== undefined),
  },
  {
    severity: 'warning',
    code: 'not-appended',
    message: 'iPXE does not pass device trees',
    concerns: (item) =>
      item.type === 'linux' &&
      (item.deviceTree !== undefined ||
        item.deviceTreeDir !== undefined ||
        (item.deviceTreeOverlays ?? []).length > 0),
  },
  {
    severity: 'note',
    code: 'bios-only',
    message: 'only a BIOS can start it: iPXE hides it under UEFI',
    concerns: (item) =>
      (item.type === 'linux' && isRealModeKernel(item.kernel)) ||
      (item.type === 'chain' && isBiosProgram(item.program)),
  },
  {
    severity: 'warning',
    code: 'not-appended',
    message: 'iPXE starts whole disks, and does not support options of chain.c32 and pxechn.c32',
    concerns: (item) =>
      (item.type === 'local' && item.partition !== undefined) ||
      ((item.type === 'local' || item.type === 'chain') && (item.options ?? '') !== ''),
  },
];
