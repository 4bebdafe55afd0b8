import { type BootFile, type BootPlan } from '../boot-files.js';

/**
 * Returns values for the fixed fields of OPNsense's form for ISC DHCP (`services_dhcp.php` of opnsense/core).
 * OPNsense's dnsmasq, the default since 25.7, reads configuration files, so the snippet for dnsmasq, which
 * includes HTTP Boot, works there.
 */
export function opnsenseSnippet({ server, files, hasUBootMenu, ipxe }: BootPlan): string {
  const fileOf = (id: string): string => files.find((file) => file.id === id)?.file ?? '(empty)';
  const rows: readonly (readonly [field: string, value: string])[] = [
    ['Enable network booting', 'checked'],
    ['Set next-server IP', server],
    ['Set default bios filename', fileOf('bios')],
    ['Set x86 UEFI (32-bit) filename', fileOf('uefi-i386')],
    ['Set x64 UEFI/EBC (64-bit) filename', fileOf('uefi-amd64')],
    ['Set ARM 64-bit UEFI filename', fileOf('uefi-arm64')],
    ['Set iPXE boot filename', ipxe],
  ];
  const width = Math.max(...rows.map(([field]) => field.length));
  const left = [
    ...files.filter(({ transport }) => transport === 'http').map(outside),
    ...(hasUBootMenu ? [U_BOOT_LINE] : []),
  ];
  return [
    'OPNsense with dnsmasq: put the output of "pxeboot dhcp dnsmasq" into',
    '/usr/local/etc/dnsmasq.conf.d/pxeboot.conf, then restart Services > Dnsmasq DNS & DHCP',
    '',
    'OPNsense with ISC DHCPv4: Services > ISC DHCPv4 > (your interface) > Network booting > Advanced',
    ...rows.map(([field, value]) => `  ${field.padEnd(width)}  ${value}`),
    ...(left.length === 0 ? [] : ['Not supported by this form:', ...left]),
  ].join('\n');
}

/** Advice for U-Boot: the form matches only the architecture, which U-Boot shares with UEFI. */
const U_BOOT_LINE = '  U-Boot that acts as UEFI: put "pxe" before "dhcp" in its boot_targets';

function outside({ title, file }: BootFile): string {
  return `  ${title}: ${file}`;
}
