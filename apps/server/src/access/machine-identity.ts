import { type Arch, ARCHES } from '@pxe/debian-netboot/catalog';

import { isSharedUuid, MAC, UUID } from '../config/machine-id.js';

/** Identifiers that a machine reports about itself; any of them may be missing. */
export interface MachineIdentity {
  /** MAC address of the boot interface, in lower case with colons. */
  readonly mac?: string;
  /** SMBIOS UUID, in lower case. */
  readonly uuid?: string;
}

/** Hardware type of Ethernet (RFC 1700), which PXELINUX writes before the address. */
const ETHERNET = '01';

/** Hardware type and MAC address, as PXELINUX writes them. */
const HARDWARE_ADDRESS = /^[\da-f]{2}(?:-[\da-f]{2}){6}$/;
/** Folder of the paths that contain a machine's identifiers. */
const MACHINE_FOLDER = '/m/';

/** Returns the path of a machine's own part of the GRUB configuration, without the machine's identifiers. */
export function machineConfigPath(arch: Arch): string {
  return `${MACHINE_FOLDER}machine-${arch}.cfg`;
}

/** Path with the machine's identifiers split off, and those identifiers. */
export interface MachinePath {
  readonly path: string;
  readonly identity: MachineIdentity | undefined;
}

/**
 * Splits the machine's identifiers off a path: `/m/<mac>/<uuid>/<path>`, where either identifier may be
 * missing, or `/m/<mac>/<arch>/<uuid>.cfg`, which stands for {@link machineConfigPath}. Other paths are
 * returned unchanged. The identifiers are only claimed by the client.
 *
 * @param path - normalised path
 */
export function machinePath(path: string): MachinePath {
  if (!path.startsWith(MACHINE_FOLDER)) {
    return { path, identity: undefined };
  }
  const segments = path.slice(MACHINE_FOLDER.length).split('/');
  const mac = takeIf(segments, MAC)?.replaceAll('-', ':');
  const arch = segments.length === 2 ? ARCHES.find((known) => known === segments[0]) : undefined;
  const [, name] = /^(.*)\.cfg$/.exec(segments[1] ?? '') ?? [];
  if (arch !== undefined && name !== undefined) {
    const uuid = name.toLowerCase();
    return {
      path: machineConfigPath(arch),
      identity: identityOf(mac, UUID.test(uuid) ? uuid : undefined),
    };
  }
  const uuid = takeIf(segments, UUID);
  return { path: `/${segments.join('/')}`, identity: identityOf(mac, uuid) };
}

/**
 * Removes the first segment and returns it in lower case, if it has this form; otherwise returns undefined.
 */
function takeIf(segments: string[], form: RegExp): string | undefined {
  const first = segments[0]?.toLowerCase() ?? '';
  if (!form.test(first)) {
    return undefined;
  }
  segments.shift();
  return first;
}

/**
 * Returns the identifiers in a path: those of {@link machinePath}, and `01-<mac>` or a UUID as the name of a
 * PXELINUX configuration (syslinux, core/fs/pxe/pxe.c). They are only claimed by the client, and prove
 * nothing.
 *
 * @param path - normalised path
 */
export function identityInPath(path: string): MachineIdentity | undefined {
  if (path.startsWith(MACHINE_FOLDER)) {
    return machinePath(path).identity;
  }
  const folder = '/pxelinux.cfg/';
  if (!path.startsWith(folder)) {
    return undefined;
  }
  const name = path.slice(folder.length).toLowerCase();
  return identityOf(
    HARDWARE_ADDRESS.test(name) ? macOf(name) : undefined,
    UUID.test(name) ? name : undefined,
  );
}

/** Returns the identifiers in the cookies that lpxelinux.0 sends (syslinux, core/fs/pxe/core.c). */
export function identityInCookies(cookies: string): MachineIdentity | undefined {
  const values = new Map(
    cookies.split(';').map((cookie) => {
      const [name = '', value = ''] = cookie.trim().split('=', 2);
      return [name, value.toLowerCase()] as const;
    }),
  );
  const mac = values.get('_Syslinux_BOOTIF') ?? '';
  const uuid = values.get('_Syslinux_SYSUUID') ?? '';
  return identityOf(
    HARDWARE_ADDRESS.test(mac) ? macOf(mac) : undefined,
    UUID.test(uuid) ? uuid : undefined,
  );
}

function macOf(hardwareAddress: string): string | undefined {
  const [type, ...bytes] = hardwareAddress.split('-');
  return type === ETHERNET ? bytes.join(':') : undefined;
}

function identityOf(
  mac: string | undefined,
  claimedUuid: string | undefined,
): MachineIdentity | undefined {
  const uuid = isSharedUuid(claimedUuid ?? '') ? undefined : claimedUuid;
  if (mac === undefined && uuid === undefined) {
    return undefined;
  }
  return { ...(mac === undefined ? {} : { mac }), ...(uuid === undefined ? {} : { uuid }) };
}
