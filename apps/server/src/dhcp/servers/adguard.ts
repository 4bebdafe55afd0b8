import { type BootPlan } from '../boot-files.js';

/**
 * Returns the DHCP options of AdGuard Home's `AdGuardHome.yaml`, according to the "DHCP" page of its wiki.
 * AdGuard Home sends them to every machine, so only one kind of firmware can boot: UEFI on x64 where the
 * store has its loader. A URL would make Debian's installer read it as a preseed file.
 */
export function adguardSnippet({ server, files }: BootPlan): string {
  const paths = files.filter(({ transport }) => transport === 'tftp');
  const chosen = paths.find(({ id }) => id === 'uefi-amd64') ?? paths[0];
  return [
    '# pxeboot: AdGuard Home sends the same options to every machine. To boot every kind of machine, leave it',
    '# as it is, and set proxyDhcp.enabled: true in pxeboot.yaml.',
    `# For machines of one kind (${chosen?.title ?? 'none in the store'}) only: stop AdGuard Home, add these lines to AdGuardHome.yaml,`,
    '# and start it again.',
    'dhcp:',
    '  dhcpv4:',
    '    options:',
    `      - '66 text ${server}'`,
    `      - '67 text ${chosen?.file ?? ''}'`,
  ].join('\n');
}
