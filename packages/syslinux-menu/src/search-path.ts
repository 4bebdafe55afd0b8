import { quoted } from './text/text.js';

/** Facts about the machine that pxelinux uses to look for a configuration file. */
export interface PxelinuxClient {
  /** The machine's UUID (SMBIOS or DHCP option 97), as `4c4c4544-0042-...`; all zeros count as absent. */
  readonly uuid?: string;
  /** The network card's hardware address, as `52:54:00:12:34:56` or with dashes. */
  readonly mac?: string;
  /** ARP hardware type, 0 to 255. @default 1 (Ethernet) */
  readonly hardwareType?: number;
  /** The client's IPv4 address. */
  readonly ip?: string;
}

const DIRECTORY = 'pxelinux.cfg/';

/**
 * Returns the configuration files that pxelinux requests, in order (pxe_load_config() of
 * core/fs/pxe/pxe.c): by UUID, by hardware address, by ever shorter prefixes of the IP address in
 * hexadecimal, then `default`. Paths are relative to the directory of pxelinux.
 *
 * @throws RangeError when the UUID, the hardware address, its type or the IP address is malformed
 */
export function pxelinuxConfigPaths(client: PxelinuxClient): readonly string[] {
  const names: string[] = [];
  if (client.uuid !== undefined) {
    names.push(...uuidNames(client.uuid));
  }
  if (client.mac !== undefined) {
    names.push(macName(client.mac, client.hardwareType ?? 1));
  }
  if (client.ip !== undefined) {
    names.push(...ipNames(client.ip));
  }
  return [...names, 'default'].map((name) => `${DIRECTORY}${name}`);
}

function uuidNames(uuid: string): readonly string[] {
  const name = uuid.toLowerCase();
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name)) {
    throw new RangeError(`uuid ${quoted(uuid)} is not a UUID`);
  }
  return /[1-9a-f]/.test(name) ? [name] : [];
}

function macName(mac: string, hardwareType: number): string {
  const name = mac.toLowerCase().replaceAll(':', '-');
  if (!/^[0-9a-f]{2}(?:-[0-9a-f]{2}){0,15}$/.test(name)) {
    throw new RangeError(`mac ${quoted(mac)} is not a hardware address`);
  }
  if (!Number.isInteger(hardwareType) || hardwareType < 0 || hardwareType > 0xff) {
    throw new RangeError(`hardwareType ${hardwareType} is outside the range from 0 to 255`);
  }
  return `${hardwareType.toString(16).padStart(2, '0')}-${name}`;
}

function ipNames(ip: string): readonly string[] {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(ip)?.slice(1).map(Number) ?? [];
  if (parts.length !== 4 || parts.some((part) => part > 0xff)) {
    throw new RangeError(`ip ${quoted(ip)} is not an IPv4 address`);
  }
  const hex = parts.map((part) => part.toString(16).toUpperCase().padStart(2, '0')).join('');
  return Array.from({ length: hex.length }, (_value, index) => hex.slice(0, hex.length - index));
}
