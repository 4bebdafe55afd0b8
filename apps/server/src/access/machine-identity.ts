/** Names that a machine gives itself; either may be missing. */
export interface MachineIdentity {
  /** MAC address of the boot interface, in lower case with colons. */
  readonly mac?: string;
  /** SMBIOS UUID, in lower case. */
  readonly uuid?: string;
}

/** Hardware type of Ethernet (RFC 1700), which PXELINUX writes before the address. */
const ETHERNET = '01';

const MAC = /^[\da-f]{2}(?:-[\da-f]{2}){6}$/;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * Reads the names in the path of a PXELINUX configuration: `01-<mac>` or a UUID (syslinux,
 * core/fs/pxe/pxe.c). A claim of the client, never a proof.
 *
 * @param path - normalised
 */
export function identityInPath(path: string): MachineIdentity | undefined {
  const folder = '/pxelinux.cfg/';
  if (!path.startsWith(folder)) {
    return undefined;
  }
  const name = path.slice(folder.length).toLowerCase();
  return identityOf(MAC.test(name) ? macOf(name) : undefined, UUID.test(name) ? name : undefined);
}

/** Reads the names in the cookies that lpxelinux.0 sends (syslinux, core/fs/pxe/core.c). */
export function identityInCookies(cookies: string): MachineIdentity | undefined {
  const values = new Map(
    cookies.split(';').map((cookie) => {
      const [name = '', value = ''] = cookie.trim().split('=', 2);
      return [name, value.toLowerCase()] as const;
    }),
  );
  const mac = values.get('_Syslinux_BOOTIF') ?? '';
  const uuid = values.get('_Syslinux_SYSUUID') ?? '';
  return identityOf(MAC.test(mac) ? macOf(mac) : undefined, UUID.test(uuid) ? uuid : undefined);
}

function macOf(hardwareAddress: string): string | undefined {
  const [type, ...bytes] = hardwareAddress.split('-');
  return type === ETHERNET ? bytes.join(':') : undefined;
}

function identityOf(
  mac: string | undefined,
  uuid: string | undefined,
): MachineIdentity | undefined {
  if (mac === undefined && uuid === undefined) {
    return undefined;
  }
  return { ...(mac === undefined ? {} : { mac }), ...(uuid === undefined ? {} : { uuid }) };
}
