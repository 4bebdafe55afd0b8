import { type IpVersion, LAB_NETWORK } from './lab-network.js';

/**
 * Boot options in the DHCP answer, the machine's only information about the boot server: the same ones for
 * every client, or `product`, the output of `pxeboot dhcp` for the DHCP server and the store under test;
 * `addressOnly` if the DHCP server knows nothing about the boot server, which then has to name the boot file
 * itself.
 */
export type DhcpAnswer = BootOptions | 'product' | 'addressOnly';

/** Boot options of a hand-written DHCP configuration. */
export interface BootOptions {
  /** File name or URL, sent unchanged. */
  readonly bootFile: string;
  /** Address of the boot server. @default that of the daemon under test on the machine's network */
  readonly server?: string;
  /** Other options by number. */
  readonly options?: Readonly<Record<number, string>>;
}

/**
 * Returns a dnsmasq configuration that only serves DHCP, without DNS or TFTP. Router solicitations
 * are answered with a lifetime of zero: without an answer, iPXE's PXE ROM waits 13 s for one.
 *
 * @param bootLines - lines that tell machines what to boot
 * @param leaseFile - file for dnsmasq's leases
 * @param ipVersion - version for which addresses are leased; machines get none of the other
 */
export function renderDhcpConfiguration(
  bootLines: string,
  leaseFile: string,
  ipVersion: IpVersion,
): string {
  const { tap } = LAB_NETWORK;
  const lines = [
    'port=0',
    'no-daemon',
    'no-resolv',
    'no-hosts',
    'user=root',
    'log-dhcp',
    'log-facility=-',
    `interface=${tap}`,
    'bind-interfaces',
    'no-ping',
    `dhcp-leasefile=${leaseFile}`,
    'enable-ra',
    `ra-param=${tap},60,0`,
    ...(ipVersion === 4 ? IPV4_LEASES : IPV6_LEASES),
    bootLines,
  ];
  return `${lines.join('\n')}\n`;
}

const { clientAddress, installerAddress, clientMac, netmask } = LAB_NETWORK;
const { clientIpv6Range, ipv6Prefix } = LAB_NETWORK;

const IPV4_LEASES: readonly string[] = [
  'dhcp-authoritative',
  `dhcp-range=${clientAddress},${installerAddress},${netmask},1h`,
  'dhcp-vendorclass=set:lab-installer,d-i',
  `dhcp-host=${clientMac},tag:!lab-installer,${clientAddress}`,
  `dhcp-host=${clientMac},tag:lab-installer,${installerAddress}`,
  `dhcp-range=${ipv6Prefix},ra-only,64`,
];

const IPV6_LEASES: readonly string[] = [`dhcp-range=${clientIpv6Range.join(',')},64,1h`];

/**
 * Returns the lines for these options. The installer's own DHCP request (vendor class `d-i`) gets
 * none, because it would read a URL there as a preseed file.
 */
export function bootLinesOf({
  bootFile,
  server = LAB_NETWORK.serverAddress,
  options = {},
}: BootOptions): string {
  return [
    'dhcp-vendorclass=set:installer,d-i',
    `dhcp-boot=tag:!installer,${quoted(bootFile)},,${server}`,
    ...Object.entries(options).map(
      ([code, value]) => `dhcp-option-force=tag:!installer,${code},${quoted(value)}`,
    ),
  ].join('\n');
}

/** Quotes text where needed, so that dnsmasq sends it unchanged. */
function quoted(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}
