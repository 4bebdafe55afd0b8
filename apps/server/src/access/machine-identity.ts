/** Identifiers that a machine reports about itself; either may be missing. */
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
const MAC = /^[\da-f]{2}(?:[:-][\da-f]{2}){5}$/;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * UUIDs that do not identify a machine: unset ones (SMBIOS 3.7, 7.2.1), and the default of AMI's
 * firmware.
 */
const SHARED_UUIDS: ReadonlySet<string> = new Set([
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '03000200-0400-0500-0006-000700080009',
]);

/** Folder of the paths that contain a machine's identifiers. */
const MACHINE_FOLDER = '/m/';

/** Path of the machine's own part of GRUB's configuration, without the machine's identifiers. */
export const MACHINE_CONFIG_PATH = '/m/machine.cfg';

/** Path without the machine's identifiers, and those identifiers. */
export interface MachinePath {
  readonly path: string;
  readonly identity: MachineIdentity | undefined;
}

/**
 * Splits the machine's identifiers off a path: `/m/<mac>/<uuid>/<path>`, where either identifier may be
 * missing, or `/m/<mac>/<uuid>.cfg`, which stands for {@link MACHINE_CONFIG_PATH}. Other paths are returned
 * unchanged. The identifiers are only a claim, and give the machine no additional files.
 *
 * @param path - normalised
 */
export function machinePath(path: string): MachinePath {
  if (!path.startsWith(MACHINE_FOLDER)) {
    return { path, identity: undefined };
  }
  const segments = path.slice(MACHINE_FOLDER.length).split('/');
  const mac = takeIf(segments, MAC)?.replaceAll('-', ':');
  const [, name] = segments.length === 1 ? (/^(.*)\.cfg$/.exec(segments[0] ?? '') ?? []) : [];
  if (name !== undefined) {
    const uuid = name.toLowerCase();
    return {
      path: MACHINE_CONFIG_PATH,
      identity: identityOf(mac, UUID.test(uuid) ? uuid : undefined),
    };
  }
  const uuid = takeIf(segments, UUID);
  return { path: `/${segments.join('/')}`, identity: identityOf(mac, uuid) };
}

/** Removes the first segment if it has this form, and returns it in lower case; undefined if it does not. */
function takeIf(segments: string[], form: RegExp): string | undefined {
  const first = segments[0]?.toLowerCase() ?? '';
  if (!form.test(first)) {
    return undefined;
  }
  segments.shift();
  return first;
}

/**
 * Returns the identifiers in a path: those of {@link machinePath}, and `01-<mac>` or a UUID as the
 * name of a PXELINUX configuration (syslinux, core/fs/pxe/pxe.c). They are a claim of the client,
 * never a proof.
 *
 * @param path - normalised
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
  const uuid = SHARED_UUIDS.has(claimedUuid ?? '') ? undefined : claimedUuid;
  if (mac === undefined && uuid === undefined) {
    return undefined;
  }
  return { ...(mac === undefined ? {} : { mac }), ...(uuid === undefined ? {} : { uuid }) };
}
