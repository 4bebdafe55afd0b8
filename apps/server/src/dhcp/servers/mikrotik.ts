import { architectureHex, type BootPlan, U_BOOT } from '../boot-files.js';

const OPTION = {
  VENDOR_CLASS: 60,
  SERVER_NAME: 66,
  BOOT_FILE: 67,
  USER_CLASS: 77,
  ARCHITECTURE: 93,
  NETWORK_INTERFACE: 94,
} as const;

/**
 * Returns commands for RouterOS 7, according to MikroTik's manual ("DHCP", sections "DHCP Options" and
 * "Matcher"). The matchers for iPXE and U-Boot come first. U-Boot that identifies itself as such needs only
 * `next-server`.
 */
export function mikrotikSnippet({ server, files, hasUBootMenu, ipxe }: BootPlan): string {
  const lines = [
    '# pxeboot: RouterOS 7.4 or later. Replace dhcp1 with the name of your DHCP server.',
    `/ip dhcp-server network set [find] next-server=${server}`,
    '# iPXE, however it was started',
    option('pxeboot-ipxe-file', OPTION.BOOT_FILE, ipxe),
    optionSet('pxeboot-ipxe', ['pxeboot-ipxe-file']),
    matcher('pxeboot-ipxe', OPTION.USER_CLASS, Buffer.from('iPXE').toString('hex'), 'pxeboot-ipxe'),
  ];
  if (hasUBootMenu) {
    const name = 'pxeboot-u-boot';
    lines.push(
      '# U-Boot that acts as UEFI: it needs no boot file, and finds its menu on its own',
      option(`${name}-server`, OPTION.SERVER_NAME, server),
      optionSet(name, [`${name}-server`]),
      matcher(name, OPTION.NETWORK_INTERFACE, U_BOOT.networkInterface, name),
    );
  }
  for (const { id, title, architectures, transport, file } of files) {
    const name = `pxeboot-${id}`;
    const isHttp = transport === 'http';
    lines.push(`# ${title}`, option(`${name}-file`, OPTION.BOOT_FILE, file));
    if (isHttp) {
      lines.push(option(`${name}-class`, OPTION.VENDOR_CLASS, 'HTTPClient'));
    }
    lines.push(optionSet(name, [`${name}-file`, ...(isHttp ? [`${name}-class`] : [])]));
    for (const architecture of architectures) {
      const value = architectureHex(architecture);
      lines.push(matcher(`${name}-${architecture}`, OPTION.ARCHITECTURE, value, name));
    }
  }
  return lines.join('\n');
}

function option(name: string, code: number, value: string): string {
  return `/ip dhcp-server option add name=${name} code=${code} value="s'${value}'"`;
}

function optionSet(name: string, options: readonly string[]): string {
  return `/ip dhcp-server option sets add name=${name} options=${options.join(',')}`;
}

/** Returns the command that adds a matcher for an option whose value is the given bytes, in hexadecimal. */
function matcher(name: string, code: number, value: string, set: string): string {
  return `/ip dhcp-server matcher add name=${name} server=dhcp1 code=${code} value=0x${value} option-set=${set}`;
}
