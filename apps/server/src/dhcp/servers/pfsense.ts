import { type BootPlan } from '../boot-files.js';

/**
 * Returns values for the fields of pfSense's form for DHCP (`services_dhcp.php` of pfsense), which are the
 * same for Kea and ISC DHCP. The form has no condition for iPXE or U-Boot, and only one URL for HTTP Boot.
 */
export function pfsenseSnippet({ server, files, hasUBootMenu, ipxe }: BootPlan): string {
  const fileOf = (id: string): string => files.find((file) => file.id === id)?.file ?? '(empty)';
  const rows: readonly (readonly [field: string, value: string])[] = [
    ['Enable', 'checked'],
    ['Next Server', server],
    ['Default BIOS File Name', fileOf('bios')],
    ['UEFI 32 bit File Name', fileOf('uefi-i386')],
    ['UEFI 64 bit File Name', fileOf('uefi-amd64')],
    ['ARM 64 bit File Name', fileOf('uefi-arm64')],
    ['UEFI HTTPBoot URL', fileOf('http-amd64')],
  ];
  const width = Math.max(...rows.map(([field]) => field.length));
  const arm = files.find(({ id }) => id === 'http-arm64');
  return [
    'pfSense: Services > DHCP Server > (your interface) > Network Booting',
    ...rows.map(([field, value]) => `  ${field.padEnd(width)}  ${value}`),
    'Not supported by this form:',
    `  iPXE: ${ipxe}`,
    ...(arm === undefined ? [] : [`  ${arm.title}: ${arm.file}`]),
    ...(hasUBootMenu
      ? ['  U-Boot that acts as UEFI: put "pxe" before "dhcp" in its boot_targets']
      : []),
  ].join('\n');
}
