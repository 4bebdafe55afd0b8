import { type BootPlan } from './boot-files.js';
import { dnsmasqSnippet } from './servers/dnsmasq.js';
import { iscSnippet } from './servers/isc.js';
import { keaSnippet } from './servers/kea.js';
import { mikrotikSnippet } from './servers/mikrotik.js';
import { opnsenseSnippet } from './servers/opnsense.js';
import { windowsSnippet } from './servers/windows.js';

/** Functions that return the configuration of a DHCP server, by its name in `pxeboot dhcp`. */
export const DHCP_SNIPPETS: Readonly<Record<string, (plan: BootPlan) => string>> = {
  dnsmasq: dnsmasqSnippet,
  isc: iscSnippet,
  kea: keaSnippet,
  opnsense: opnsenseSnippet,
  mikrotik: mikrotikSnippet,
  windows: windowsSnippet,
};
