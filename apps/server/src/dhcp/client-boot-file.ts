import { type BootClient, type BootFile } from '@pxe/dhcp-protocol/node';

import { type BootPlan } from './boot-files.js';

/**
 * Returns the boot file that the printed DHCP configurations choose for a client; undefined if there is
 * none for it.
 */
export function clientBootFile(
  { server, files, ipxe }: BootPlan,
  {
    program,
    vendorClass,
    architecture,
  }: Pick<BootClient, 'program' | 'vendorClass' | 'architecture'>,
): BootFile | undefined {
  if (program === 'ipxe') {
    return { file: ipxe };
  }
  // U-Boot that acts as UEFI cannot chain from shim to GRUB.
  if (program === 'uBoot' || architecture === undefined) {
    return undefined;
  }
  const transport = vendorClass === 'HTTPClient' ? 'http' : 'tftp';
  const found = files.find(
    (one) => one.transport === transport && one.architectures.includes(architecture),
  );
  if (found === undefined) {
    return undefined;
  }
  return transport === 'http' ? { file: found.file } : { file: found.file, server };
}
