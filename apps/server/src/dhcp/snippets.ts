import { type BootPlan } from './boot-files.js';
import { adguardSnippet } from './servers/adguard.js';
import { dnsmasqIpv6Snippet } from './servers/dnsmasq-ipv6.js';
import { dnsmasqProxySnippet } from './servers/dnsmasq-proxy.js';
import { dnsmasqSnippet } from './servers/dnsmasq.js';
import { iscIpv6Snippet } from './servers/isc-ipv6.js';
import { iscSnippet } from './servers/isc.js';
import { keaIpv6Snippet } from './servers/kea-ipv6.js';
import { keaSnippet } from './servers/kea.js';
import { mikrotikSnippet } from './servers/mikrotik.js';
import { openwrtSnippet } from './servers/openwrt.js';
import { opnsenseSnippet } from './servers/opnsense.js';
import { pfsenseSnippet } from './servers/pfsense.js';
import { technitiumSnippet } from './servers/technitium.js';
import { unifiSnippet } from './servers/unifi.js';
import { windowsSnippet } from './servers/windows.js';

/** Functions that return the configuration of a DHCP server, by its name in `pxeboot dhcp`. */
export const DHCP_SNIPPETS: Readonly<Record<string, (plan: BootPlan) => string>> = {
  dnsmasq: dnsmasqSnippet,
  'dnsmasq-proxy': dnsmasqProxySnippet,
  isc: iscSnippet,
  kea: keaSnippet,
  openwrt: openwrtSnippet,
  opnsense: opnsenseSnippet,
  pfsense: pfsenseSnippet,
  mikrotik: mikrotikSnippet,
  windows: windowsSnippet,
  unifi: unifiSnippet,
  technitium: technitiumSnippet,
  adguard: adguardSnippet,
};

/** Functions that return the DHCPv6 configuration of a DHCP server, by its name in `pxeboot dhcp`. */
export const DHCPV6_SNIPPETS: Readonly<Record<string, (plan: BootPlan) => string>> = {
  dnsmasq: dnsmasqIpv6Snippet,
  isc: iscIpv6Snippet,
  kea: keaIpv6Snippet,
};
