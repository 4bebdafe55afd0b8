import { LAB_NETWORK } from '../network/lab-network.js';
import { bootFileNamed, bootFileNamedByProxy } from '../stage/dhcp-stages.js';
import { type Stage } from '../stage/stage.js';
import { biosOtherRom } from './bios.js';
import { ipxe } from './ipxe.js';
import { type Scenario } from './scenario.js';
import { uefiHttp } from './uefi-http.js';
import { arm64, uefiSecureBoot } from './uefi.js';

/**
 * Returns a scenario on a network whose DHCP server leases addresses but names no boot file. The
 * daemon's ProxyDHCP service names it instead.
 *
 * @param file - matches the boot file
 * @param deadlineMs - deadline for the boot file, in milliseconds
 */
export function withProxyDhcp(
  scenario: Scenario,
  name: string,
  file: RegExp,
  deadlineMs?: number,
): Scenario {
  return {
    ...scenario,
    name,
    summary: `${scenario.summary}; a DHCP server that names no boot file`,
    dhcp: 'addressOnly',
    configuration: {
      ...scenario.configuration,
      proxyDhcp: { enabled: true, interfaces: [LAB_NETWORK.tap] },
    },
    stages: stagesWith(bootFileNamed(file, deadlineMs), scenario),
  };
}

/** Returns the stages of a scenario, with another one before the firmware has an address. */
function stagesWith(named: Stage, scenario: Scenario): Scenario['stages'] {
  return (store) =>
    scenario.stages(store).flatMap((stage) => (stage.name === 'dhcp' ? [named, stage] : [stage]));
}

/**
 * Returns a scenario on a network with ISC dhcpd, which names no boot file: a dnsmasq with the lines from
 * `pxeboot dhcp dnsmasq-proxy` does.
 */
function withDnsmasqProxy(scenario: Scenario, name: string, file: string): Scenario {
  return {
    ...scenario,
    name,
    summary: `${scenario.summary}; ISC dhcpd names no boot file, dnsmasq does as ProxyDHCP`,
    dhcp: 'addressOnly',
    dhcpServer: 'isc',
    dhcpProxy: 'dnsmasq-proxy',
    stores: ['all'],
    stages: stagesWith(bootFileNamedByProxy(file), scenario),
  };
}

/** A BIOS with a PXE ROM: PXELINUX finds its server in what the ROM remembers of the answers. */
export const biosProxy = withProxyDhcp(biosOtherRom, 'bios-proxy', /^lpxelinux\.0$/);

/** A BIOS with iPXE in the card's ROM: it takes the boot file from the offer. */
export const ipxeProxy = withProxyDhcp(ipxe, 'ipxe-proxy', /^http:.*\/menu\.ipxe$/);

/** UEFI firmware: it asks for the boot file on port 4011. */
export const uefiProxy = withProxyDhcp(uefiSecureBoot, 'uefi-proxy', /^bootnetx64\.efi$/);

/** UEFI HTTP Boot: the offer has a URL. */
export const uefiHttpProxy = withProxyDhcp(
  uefiHttp,
  'uefi-http-proxy',
  /^http:.*\/bootnetx64\.efi$/,
);

export const arm64Proxy = withProxyDhcp(arm64, 'arm64-proxy', /^bootnetaa64\.efi$/);

const { serverAddress } = LAB_NETWORK;

export const ipxeDnsmasqProxy = withDnsmasqProxy(
  ipxe,
  'ipxe-dnsmasq-proxy',
  `http://${serverAddress}:8069/menu.ipxe`,
);

export const uefiDnsmasqProxy = withDnsmasqProxy(
  uefiSecureBoot,
  'uefi-dnsmasq-proxy',
  'bootnetx64.efi',
);

/** UEFI HTTP Boot, which dnsmasq answers because of `dhcp-pxe-vendor`. */
export const uefiHttpDnsmasqProxy = withDnsmasqProxy(
  uefiHttp,
  'uefi-http-dnsmasq-proxy',
  `http://${serverAddress}:8069/bootnetx64.efi`,
);
