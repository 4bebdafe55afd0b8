import { type BootPlan, singleBootFile } from '../boot-files.js';

/**
 * Returns the DHCP options for AdGuard Home's `AdGuardHome.yaml`, as on the "DHCP" page of its wiki.
 * AdGuard Home sends them to every machine.
 */
export function adguardSnippet(plan: BootPlan): string {
  const chosen = singleBootFile(plan);
  return [
    '# pxeboot: AdGuard Home sends the same options to every machine. To boot every kind of machine, leave it',
    '# as it is, and set proxyDhcp.enabled: true in pxeboot.yaml.',
    `# To boot only one kind of machine (${chosen?.title ?? 'none in the store'}), stop AdGuard Home, add these lines to AdGuardHome.yaml,`,
    '# and start it again.',
    'dhcp:',
    '  dhcpv4:',
    '    options:',
    `      - '66 text ${plan.server}'`,
    `      - '67 text ${chosen?.file ?? ''}'`,
  ].join('\n');
}
