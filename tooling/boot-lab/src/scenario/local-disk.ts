import { biosVirtio, type Firmware, uefiX64SecureBoot } from '../machine/firmware.js';
import { type LocalDisk } from '../machine/local-disk.js';
import { ipxeDialect, syslinuxDialect } from '../menu/menu-dialect.js';
import { type DhcpAnswer } from '../network/dhcp-configuration.js';
import { captureFinished, neverAskedFor } from '../stage/evidence-stages.js';
import { localSystemStarted } from '../stage/installer-stages.js';
import { menuShown, photographed } from '../stage/menu-stages.js';
import { type Stage } from '../stage/stage.js';
import { httpDownload, tftpTransfer } from '../stage/transfer-stages.js';
import { addressed } from './installer-boot.js';
import { type Scenario } from './scenario.js';

interface AccidentalNetboot {
  readonly name: string;
  readonly summary: string;
  readonly firmware: Firmware;
  readonly dhcp: DhcpAnswer;
  readonly disk: LocalDisk;
  /** Stages until the menu is shown. */
  readonly menu: readonly Stage[];
}

/** Returns a scenario in which a machine that nobody wants to install boots its own disk: no key is pressed. */
function accidentalNetboot({ menu, ...machine }: AccidentalNetboot): Scenario {
  return {
    ...machine,
    configuration: { menu: { timeout: 10 } },
    stores: ['all', 'trixie', 'bookworm'],
    stages: () => [
      ...addressed(),
      ...menu,
      localSystemStarted(),
      captureFinished(),
      neverAskedFor(/\/(?:linux|initrd\.gz)$/),
    ],
  };
}

export const biosLocalDisk: Scenario = accidentalNetboot({
  name: 'bios-local-disk',
  summary: 'BIOS, nobody presses a key: the local disk boots',
  firmware: biosVirtio,
  dhcp: { bootFile: 'lpxelinux.0' },
  disk: 'bios',
  menu: [tftpTransfer('config', /^\/pxelinux\.cfg\//, 60_000), menuShown(syslinuxDialect)],
});

export const ipxeLocalDisk: Scenario = accidentalNetboot({
  name: 'ipxe-local-disk',
  summary: 'iPXE, nobody presses a key: the local disk boots',
  firmware: biosVirtio,
  dhcp: 'product',
  disk: 'bios',
  menu: [httpDownload('script', '/menu.ipxe', 60_000), menuShown(ipxeDialect)],
});

export const uefiLocalDisk: Scenario = accidentalNetboot({
  name: 'uefi-local-disk',
  summary: 'UEFI x64 with Secure Boot, nobody presses a key: the local disk boots',
  firmware: uefiX64SecureBoot,
  dhcp: 'product',
  disk: 'uefi',
  // GRUB draws the menu with its own font, and loads the picture once it has found a font.
  menu: [
    tftpTransfer('config', /\/grub\/grub\.cfg$/, 120_000),
    httpDownload('picture', '/splash.png', 60_000),
    photographed('menu'),
  ],
});
