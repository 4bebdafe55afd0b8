import { uefiX64SecureBootIpv6 } from '../machine/firmware.js';
import { type Scenario } from './scenario.js';
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
