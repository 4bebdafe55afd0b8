import { uefiX64SecureBoot } from '../machine/firmware.js';
import { captureFinished, neverAskedFor } from '../stage/evidence-stages.js';
import { loaderRefused } from '../stage/refusal-stages.js';
import { tftpTransfer } from '../stage/transfer-stages.js';
import { addressed } from './installer-boot.js';
import { type Scenario } from './scenario.js';

/** Secure Boot works: shim does not start a GRUB that is not Debian's. */
export const tamperedGrub: Scenario = {
  name: 'tampered-grub',
  summary: 'UEFI x64 with Secure Boot: a GRUB with one bit changed is refused by shim',
  firmware: uefiX64SecureBoot,
  dhcp: 'product',
  configuration: {},
  stores: ['all', 'trixie', 'bookworm'],
  storeChange: 'tampered GRUB',
  stages: () => [
    ...addressed(),
    tftpTransfer('shim', '/bootnetx64.efi', 60_000),
    tftpTransfer('grub', '/grubx64.efi', 60_000),
    loaderRefused(),
    captureFinished(),
    neverAskedFor(/\/grub\/grub\.cfg$/),
  ],
};
