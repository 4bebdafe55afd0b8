import { type BootPlan, singleBootFile } from '../boot-files.js';

/**
 * Returns values for the "Network Boot" setting of UniFi Network, according to "UniFi DHCP Server" in
 * Ubiquiti's help centre. A UniFi gateway sends the same boot file to every machine.
 */
export function unifiSnippet(plan: BootPlan): string {
  const chosen = singleBootFile(plan);
  return [
    'UniFi sends the same boot file to every machine. To boot every kind of machine, leave its network boot',
    'off, and set proxyDhcp.enabled: true in pxeboot.yaml. With DHCP Guarding, the trusted DHCP servers of the',
    `network must then include ${plan.server}.`,
    '',
    `To boot only one kind of machine (${chosen?.title ?? 'none in the store'}), set these fields under Settings > Networks > (your network) > DHCP > Network Boot:`,
    `  Server    ${plan.server}`,
    `  Filename  ${chosen?.file ?? '(empty)'}`,
  ].join('\n');
}
