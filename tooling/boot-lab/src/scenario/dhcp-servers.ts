import { type DhcpServerName } from '../network/dhcp-server.js';
import { biosOtherRom } from './bios.js';
import { ipxe } from './ipxe.js';
import { type Scenario } from './scenario.js';
import { uefiSecureBoot } from './uefi.js';

/**
 * Returns a scenario with another DHCP server, whose configuration contains the output of `pxeboot dhcp` for
 * it.
 */
function withDhcpServer(
  scenario: Scenario,
  name: string,
  dhcpServer: DhcpServerName,
  title: string,
): Scenario {
  return {
    ...scenario,
    name,
    summary: `${scenario.summary}; the DHCP server is ${title}`,
    dhcp: 'product',
    dhcpServer,
    stores: ['all'],
  };
}

export const biosIsc = withDhcpServer(biosOtherRom, 'bios-isc', 'isc', 'ISC dhcpd');

/** A BIOS with iPXE in the card's ROM, which gets the URL of the script. */
export const ipxeIsc = withDhcpServer(ipxe, 'ipxe-isc', 'isc', 'ISC dhcpd');

export const uefiIsc = withDhcpServer(uefiSecureBoot, 'uefi-isc', 'isc', 'ISC dhcpd');

export const biosKea = withDhcpServer(biosOtherRom, 'bios-kea', 'kea', 'Kea');

/** {@link ipxeIsc} with Kea. */
export const ipxeKea = withDhcpServer(ipxe, 'ipxe-kea', 'kea', 'Kea');

export const uefiKea = withDhcpServer(uefiSecureBoot, 'uefi-kea', 'kea', 'Kea');
