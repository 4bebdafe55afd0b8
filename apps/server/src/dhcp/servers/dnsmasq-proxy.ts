import { type BootPlan } from '../boot-files.js';
import { dnsmasqBootLines } from './dnsmasq.js';

/**
 * Returns a file for `/etc/dnsmasq.d`, for a dnsmasq that names boot files alongside another DHCP server
 * (ProxyDHCP).
 *
 * dnsmasq answers boot clients only if there is a `pxe-service`; the one here is for an architecture that no
 * client sends, so that `dhcp-boot` decides. U-Boot gets no answer, since it reads only the answer that gives
 * it an address.
 */
export function dnsmasqProxySnippet(plan: BootPlan): string {
  const { server, files, hasUBootMenu } = plan;
  const hasHttp = files.some(({ transport }) => transport === 'http');
  const tags = ['ipxe', ...files.map(({ id }) => id)].map((id) => `tag:!pxeboot-${id}`);
  return [
    '# pxeboot: /etc/dnsmasq.d/pxeboot-proxy.conf, for a dnsmasq that gives no addresses. It names boot files',
    '# alongside the DHCP server of the network. Remove the boot options from that server, such as next-server and filename.',
    '',
    '# No DNS: remove this line if this dnsmasq serves it',
    'port=0',
    '# Network of the machines: any address in it',
    `dhcp-range=${server},proxy`,
    '# Makes dnsmasq answer boot clients; no machine has this architecture',
    'pxe-service=65535,"pxeboot",0',
    ...(hasHttp
      ? [
          '# UEFI HTTP Boot: remove this line if dnsmasq does not know it (2.90 does)',
          'dhcp-pxe-vendor=PXEClient,HTTPClient',
        ]
      : []),
    '# No answer to other machines',
    `dhcp-ignore=${tags.join(',')}`,
    ...(hasUBootMenu ? ['dhcp-ignore=tag:pxeboot-u-boot'] : []),
    '',
    ...dnsmasqBootLines(plan),
  ].join('\n');
}
