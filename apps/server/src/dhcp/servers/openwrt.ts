import { type BootPlan } from '../boot-files.js';
import { dnsmasqSnippet } from './dnsmasq.js';

/**
 * Returns lines for `/etc/dnsmasq.conf` of OpenWrt, whose dnsmasq reads that file in addition to the UCI
 * settings.
 */
export function openwrtSnippet(plan: BootPlan): string {
  const [, ...lines] = dnsmasqSnippet(plan).split('\n');
  return [
    '# pxeboot: at the end of /etc/dnsmasq.conf on the router; then /etc/init.d/dnsmasq restart',
    ...lines,
  ].join('\n');
}
