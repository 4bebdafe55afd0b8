import { type DhcpServerName } from '../network/dhcp-server.js';
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

/** A BIOS with iPXE in the card's ROM, which gets the URL of the script. */
export const biosIsc = withDhcpServer(ipxe, 'bios-isc', 'isc', 'ISC dhcpd');

export const uefiIsc = withDhcpServer(uefiSecureBoot, 'uefi-isc', 'isc', 'ISC dhcpd');

/** {@link biosIsc} with Kea. */
export const biosKea = withDhcpServer(ipxe, 'bios-kea', 'kea', 'Kea');

export const uefiKea = withDhcpServer(uefiSecureBoot, 'uefi-kea', 'kea', 'Kea');
