import { type BootPlan } from '../boot-files.js';
import { dnsmasqBootLines } from './dnsmasq.js';

/**
 * Returns lines for `/etc/dnsmasq.conf` of OpenWrt, whose dnsmasq reads that file in addition to the UCI
 * settings.
 */
export function openwrtSnippet(plan: BootPlan): string {
  return [
    '# pxeboot: at the end of /etc/dnsmasq.conf on the router; then /etc/init.d/dnsmasq restart',
    ...dnsmasqBootLines(plan),
  ].join('\n');
}
