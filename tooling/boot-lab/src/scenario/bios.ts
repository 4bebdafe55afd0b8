import { biosE1000, biosVirtio } from '../machine/firmware.js';
import { syslinuxDialect } from '../menu/menu-dialect.js';
import { httpAccountAgrees, tftpAccountAgrees } from '../stage/evidence-stages.js';
import { type Stage } from '../stage/stage.js';
import { tftpTransfer } from '../stage/transfer-stages.js';
import { newestSuite } from '../store/store-content.js';
import { addressed, installerStarted } from './installer-boot.js';
import { type Scenario } from './scenario.js';

/** Returns the stages from power-on until the loader has its configuration, over TFTP. */
function configured(loader: string): readonly Stage[] {
  return [
    ...addressed(),
    tftpTransfer('loader', `/${loader}`),
    tftpTransfer('modules', '/ldlinux.c32'),
    tftpTransfer('config', /^\/pxelinux\.cfg\//),
  ];
}

/** A PC with a PXE ROM, set up as in the README: two lines of DHCP, our menu, the installer. */
export const bios: Scenario = {
  name: 'bios',
  summary: 'BIOS, virtio card: lpxelinux.0 and menu over TFTP, the installer over HTTP',
  firmware: biosVirtio,
  dhcp: { bootFile: 'lpxelinux.0' },
  configuration: { kernelArgs: 'console=ttyS0,115200' },
  stores: ['all', 'trixie', 'bookworm'],
  stages: (store) => [
    ...configured('lpxelinux.0'),
    ...installerStarted(syslinuxDialect, {
      suite: newestSuite(store),
      arch: 'amd64',
      variant: 'text',
      transport: 'http',
    }),
    tftpAccountAgrees(1_000_000),
    httpAccountAgrees(),
  ],
};

/** {@link bios} with a different card, and so a different PXE ROM. */
export const biosE1000Card: Scenario = {
  ...bios,
  name: 'bios-e1000',
  summary: 'BIOS, Intel e1000 card: as bios',
  firmware: biosE1000,
};

/** {@link bios} with the loader that only supports TFTP: its menu has TFTP paths. */
export const biosPxelinux0: Scenario = {
  ...bios,
  name: 'bios-pxelinux0',
  summary: 'BIOS, pxelinux.0: everything over TFTP',
  dhcp: { bootFile: 'pxelinux.0' },
  stages: (store) => [
    ...configured('pxelinux.0'),
    ...installerStarted(syslinuxDialect, {
      suite: newestSuite(store),
      arch: 'amd64',
      variant: 'text',
      transport: 'tftp',
    }),
    tftpAccountAgrees(80_000_000),
  ],
};

/** {@link bios} with a PXE ROM that does not look like iPXE, for DHCP lines and services that tell them apart. */
export const biosOtherRom: Scenario = {
  ...bios,
  summary: `${bios.summary}; a ROM that is not iPXE`,
  hidesIpxe: true,
};
