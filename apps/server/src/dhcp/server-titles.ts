/** Display names of DHCP servers, by their name in `pxeboot dhcp`. */
export const DHCP_TITLES: Readonly<Record<string, string>> = {
  dnsmasq: 'dnsmasq, Pi-hole',
  'dnsmasq-proxy': 'dnsmasq as ProxyDHCP, alongside another DHCP server',
  isc: 'ISC dhcpd',
  kea: 'Kea',
  openwrt: 'OpenWrt',
  opnsense: 'OPNsense',
  pfsense: 'pfSense',
  mikrotik: 'MikroTik RouterOS',
  windows: 'Windows Server',
  unifi: 'UniFi gateways',
  technitium: 'Technitium DNS Server',
  adguard: 'AdGuard Home',
};
