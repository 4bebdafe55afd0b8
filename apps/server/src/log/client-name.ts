import { type BootClient } from '@pxe/dhcp-protocol/node';

/** Returns the display name of a client, as in `UEFI x64` and `iPXE, BIOS x86`. */
export function clientName({
  program,
  firmware,
  cpu,
  vendorClass,
  architecture,
}: BootClient): string {
  const names = { bios: 'BIOS', uefi: 'UEFI', uBoot: 'U-Boot', other: 'firmware' };
  const kind =
    firmware === 'other' || cpu === 'other'
      ? `architecture ${architecture ?? 'unknown'}`
      : `${names[firmware]} ${cpu}`;
  const how = vendorClass === 'HTTPClient' ? ', HTTP Boot' : '';
  return `${program === 'ipxe' ? 'iPXE, ' : ''}${kind}${how}`;
}
