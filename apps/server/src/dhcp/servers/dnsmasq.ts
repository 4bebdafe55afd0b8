import type { BootPlan } from '../boot-files.js';

/** A file for `/etc/dnsmasq.d`, for a dnsmasq that is the DHCP server. */
export function dnsmasqSnippet({ server, files, ipxe }: BootPlan): string {
  const lines = ['# pxeboot: /etc/dnsmasq.d/pxeboot.conf', 'dhcp-userclass=set:pxeboot-ipxe,iPXE'];
  for (const { id, title, architectures, transport, file } of files) {
    const tag = `pxeboot-${id}`;
    lines.push('', `# ${title}`);
    for (const architecture of architectures) {
      lines.push(`dhcp-match=set:${tag},option:client-arch,${architecture}`);
    }
    if (transport === 'http') {
      // The firmware takes an answer for its own only if it says HTTPClient, too (option 60).
      lines.push(
        `dhcp-option-force=tag:${tag},60,HTTPClient`,
        `dhcp-boot=tag:${tag},tag:!pxeboot-ipxe,${file}`,
      );
    } else {
      lines.push(`dhcp-boot=tag:${tag},tag:!pxeboot-ipxe,${file},,${server}`);
    }
  }
  lines.push('', '# iPXE, whatever started it', `dhcp-boot=tag:pxeboot-ipxe,${ipxe}`);
  return lines.join('\n');
}
