import { architectureHex, type BootFile, type BootPlan, ipv6BootFiles } from '../boot-files.js';

/** Returns a file for `/etc/dnsmasq.d`, for a dnsmasq that serves DHCPv6. */
export function dnsmasqIpv6Snippet(plan: BootPlan): string {
  const lines = [
    '# pxeboot, IPv6: /etc/dnsmasq.d/pxeboot-ipv6.conf',
    'dhcp-userclass=set:pxeboot6-ipxe,iPXE',
  ];
  const files = ipv6BootFiles(plan);
  for (const { id, title, architectures, file } of files.filter(isTftp)) {
    const tag = `pxeboot6-${id}`;
    lines.push('', `# ${title}`);
    for (const architecture of architectures) {
      lines.push(`dhcp-match=set:${tag},option6:61,${bytes(architectureHex(architecture))}`);
    }
    lines.push(`dhcp-option=tag:${tag},tag:!pxeboot6-ipxe,option6:bootfile-url,${file}`);
  }
  lines.push(
    '',
    '# iPXE, however it was started',
    `dhcp-option=tag:pxeboot6-ipxe,option6:bootfile-url,${plan.ipxe}`,
  );
  if (!files.every(isTftp)) {
    lines.push(
      '',
      '# UEFI HTTP Boot: dnsmasq cannot send its vendor class (option 16). Set proxyDhcp.enabled: true in pxeboot.yaml.',
    );
  }
  return lines.join('\n');
}

function isTftp({ transport }: BootFile): boolean {
  return transport === 'tftp';
}

/** Separates bytes in hexadecimal by colons, as dnsmasq expects them. */
function bytes(hex: string): string {
  return hex.replace(/..(?!$)/g, '$&:');
}
