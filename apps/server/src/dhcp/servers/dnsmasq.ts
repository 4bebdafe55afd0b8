import { type BootPlan, U_BOOT } from '../boot-files.js';

/** Returns a file for `/etc/dnsmasq.d`, for a dnsmasq that is the DHCP server. */
export function dnsmasqSnippet(plan: BootPlan): string {
  return ['# pxeboot: /etc/dnsmasq.d/pxeboot.conf', ...dnsmasqBootLines(plan)].join('\n');
}

/** Returns the lines that give each kind of client its boot file. */
export function dnsmasqBootLines({
  server,
  files,
  hasUBootMenu,
  ipxe,
}: BootPlan): readonly string[] {
  const lines = ['dhcp-userclass=set:pxeboot-ipxe,iPXE'];
  if (hasUBootMenu) {
    const networkInterface = U_BOOT.networkInterface.replace(/..(?!$)/g, '$&:');
    lines.push(
      '',
      '# U-Boot, which finds its menu on its own; option 94 when it acts as UEFI',
      `dhcp-vendorclass=set:pxeboot-u-boot,${U_BOOT.vendorClass}`,
      `dhcp-match=set:pxeboot-u-boot,94,${networkInterface}`,
      `dhcp-boot=tag:pxeboot-u-boot,,,${server}`,
    );
  }
  for (const { id, title, architectures, transport, file, isAlsoUBoot } of files) {
    const tag = `pxeboot-${id}`;
    const others = isAlsoUBoot ? 'tag:!pxeboot-ipxe,tag:!pxeboot-u-boot' : 'tag:!pxeboot-ipxe';
    lines.push('', `# ${title}`);
    for (const architecture of architectures) {
      lines.push(`dhcp-match=set:${tag},option:client-arch,${architecture}`);
    }
    if (transport === 'http') {
      // The firmware accepts an answer only if it contains HTTPClient (option 60).
      lines.push(
        `dhcp-option-force=tag:${tag},60,HTTPClient`,
        `dhcp-boot=tag:${tag},${others},${file}`,
      );
    } else {
      lines.push(`dhcp-boot=tag:${tag},${others},${file},,${server}`);
    }
  }
  // iPXE accepts a URL from a ProxyDHCP service only if the answer also names a server.
  const script = `dhcp-boot=tag:pxeboot-ipxe,${ipxe},,${server}`;
  lines.push('', '# iPXE, however it was started', script);
  return lines;
}
