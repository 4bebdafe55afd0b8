import { uefiX64SecureBootIpv6 } from '../machine/firmware.js';
import { withProxyDhcp } from './proxy-dhcp.js';
import { type Scenario } from './scenario.js';
import { uefiHttp } from './uefi-http.js';
import { uefiSecureBoot } from './uefi.js';

/** PXE over IPv6 only: DHCPv6 names a URL, as `pxeboot dhcp dnsmasq` prints it. */
export const uefiIpv6: Scenario = {
  ...uefiSecureBoot,
  name: 'uefi-ipv6',
  summary: 'UEFI x64 with Secure Boot: as uefi, over IPv6',
  firmware: uefiX64SecureBootIpv6,
  dhcp: 'product',
  ipVersion: 6,
  stores: ['all'],
};

/** {@link uefiIpv6} with Kea. */
export const uefiIpv6Kea: Scenario = {
  ...uefiIpv6,
  name: 'uefi-ipv6-kea',
  summary: `${uefiIpv6.summary}; the DHCP server is Kea`,
  dhcpServer: 'kea',
};

/**
 * HTTP Boot over IPv6: the DHCPv6 server gives an address, and the daemon names the URL. The firmware first tries
 * HTTP Boot over IPv4, which takes a minute and a half.
 */
export const uefiHttpIpv6: Scenario = {
  ...withProxyDhcp(
    uefiHttp,
    'uefi-http-ipv6',
    /^http:\/\/\[fd77::1\].*\/bootnetx64\.efi$/,
    240_000,
  ),
  ipVersion: 6,
  stores: ['all'],
};
