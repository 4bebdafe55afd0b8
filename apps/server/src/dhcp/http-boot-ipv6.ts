import { isIP } from 'node:net';

import {
  type BootClient,
  createHttpBootService,
  DhcpListenError,
  type HttpBootService,
} from '@pxe/dhcp-protocol/node';

import { bootPlan } from './boot-files.js';
import { clientBootFile } from './client-boot-file.js';
import { macBytes, type ProxyDhcpOptions, type ServedInterface } from './proxy-dhcp-link.js';

/**
 * Starts the part of the ProxyDHCP service that gives UEFI HTTP Boot firmware its URL over IPv6, if the interface has
 * an IPv6 address that the URLs can contain. If UDP port 547 is unavailable, it logs a warning, and IPv4 still works.
 *
 * @returns undefined if IPv6 is not served
 */
export async function serveIpv6(
  { manifest, advertised, events, logger }: ProxyDhcpOptions,
  { name, address, ipv6Address, mac }: ServedInterface,
): Promise<HttpBootService | undefined> {
  if (ipv6Address === undefined) {
    return undefined;
  }

  function bootUrlFor(client: BootClient): string | undefined {
    const current = manifest();
    const { baseUrl } = advertised(ipv6Address ?? '');
    // A machine that boots over IPv6 has no IPv4 address.
    if (current === undefined || isIP(new URL(baseUrl).hostname) === 4) {
      return undefined;
    }
    return clientBootFile(bootPlan(current, address, baseUrl), client)?.file;
  }

  const service = 'proxyDhcp';
  try {
    return await createHttpBootService({
      link: name,
      hardwareAddress: macBytes(mac),
      bootUrlFor,
      onEvent(event) {
        if (event.type === 'answered') {
          const { client, url, to } = event;
          events.dhcp({ type: 'answered', service, client, bootFile: { file: url }, from: to, to });
        } else {
          events.dhcp(event.type === 'unanswered' ? { ...event, service } : event);
        }
      },
    });
  } catch (error) {
    if (!(error instanceof DhcpListenError)) {
      throw error;
    }
    logger.warn(
      { event: 'dhcp.no-ipv6', interface: name, err: error },
      `DHCP: cannot answer over IPv6 on ${name}: ${error.message}`,
    );
    return undefined;
  }
}
