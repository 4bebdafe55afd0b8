import { LAB_NETWORK } from './namespace.js';

/** What DHCP tells the machine: all that it knows of the boot server. */
export interface DhcpAnswer {
  /** `filename`: a TFTP path, or a URL for a UEFI HTTP client. */
  readonly bootFile: string;
  /** `filename` for a client whose user class says that it is iPXE already. @default bootFile */
  readonly ipxeBootFile?: string;
  /** Echoes vendor class `HTTPClient`, without which UEFI HTTP Boot ignores the offer. @default false */
  readonly httpClient?: boolean;
}

/**
 * A dnsmasq configuration that is a DHCP server and nothing else: no DNS, no TFTP. IPv6 routers are
 * solicited and answer, with a lifetime of zero: iPXE's PXE ROM waits 13 s for one, where there is
 * none.
 *
 * The installer's own DHCP request (vendor class `d-i`) gets no boot file, as it would take a URL
 * there for a preseed file.
 *
 * @param leaseFile where dnsmasq keeps its leases
 */
export function renderDhcpConfiguration(answer: DhcpAnswer, leaseFile: string): string {
  const { serverAddress, clientAddress, clientMac, netmask, ipv6Prefix, tap } = LAB_NETWORK;
  const boot = (tags: string, file: string): string =>
    `dhcp-boot=${tags},${file},,${serverAddress}`;
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
    'dhcp-authoritative',
    'no-ping',
    `dhcp-leasefile=${leaseFile}`,
    `dhcp-range=${clientAddress},${clientAddress},${netmask},1h`,
    `dhcp-host=${clientMac},${clientAddress}`,
    'enable-ra',
    `ra-param=${tap},60,0`,
    `dhcp-range=${ipv6Prefix},ra-only,64`,
    'dhcp-vendorclass=set:installer,d-i',
    'dhcp-match=set:ipxe,175',
    boot('tag:!installer,tag:!ipxe', answer.bootFile),
    boot('tag:!installer,tag:ipxe', answer.ipxeBootFile ?? answer.bootFile),
  ];
  if (answer.httpClient === true) lines.push('dhcp-option-force=tag:!installer,60,HTTPClient');
  return `${lines.join('\n')}\n`;
}
