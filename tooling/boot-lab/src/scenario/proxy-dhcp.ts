import { LAB_NETWORK } from '../network/lab-network.js';
import { bootFileNamed } from '../stage/dhcp-stages.js';
import { ipxe } from './ipxe.js';
import { type Scenario } from './scenario.js';
import { uefiHttp } from './uefi-http.js';
import { arm64, uefiSecureBoot } from './uefi.js';

/**
 * Returns a scenario on a network whose DHCP server leases addresses and names no boot file: the daemon's
 * ProxyDHCP service does.
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
  const stages: Scenario['stages'] = (store) =>
    scenario
      .stages(store)
      .flatMap((stage) =>
        stage.name === 'dhcp' ? [bootFileNamed(file, deadlineMs), stage] : [stage],
      );
  return {
    ...scenario,
    name,
    summary: `${scenario.summary}; a DHCP server that names no boot file`,
    dhcp: 'addressOnly',
    configuration: {
      ...scenario.configuration,
      proxyDhcp: { enabled: true, interfaces: [LAB_NETWORK.tap] },
    },
    stages,
  };
}

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
