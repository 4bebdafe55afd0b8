import { type BootPlan, singleBootFile } from '../boot-files.js';

/**
 * Returns values for the form of a DHCP scope in the web console of Technitium DNS Server. The server sends
 * them to every machine, since the form's only condition is on option 43 ("Vendor Specific Information").
 */
export function technitiumSnippet(plan: BootPlan): string {
  const chosen = singleBootFile(plan);
  return [
    'Technitium sends the same boot file to every machine. To boot every kind of machine, leave these fields',
    'empty, and set proxyDhcp.enabled: true in pxeboot.yaml.',
    '',
    `To boot only one kind of machine (${chosen?.title ?? 'none in the store'}), set these fields under DHCP > Scopes > (your scope) > Edit:`,
    `  Bootstrap Server Address  ${plan.server}`,
    `  Boot File Name            ${chosen?.file ?? '(empty)'}`,
  ].join('\n');
}
