import { uBootArm64 } from '../machine/firmware.js';
import { captureFinished, tftpAccountAgrees } from '../stage/evidence-stages.js';
import { installerDialog, kernelOnSerial } from '../stage/installer-stages.js';
import { tftpTransfer } from '../stage/transfer-stages.js';
import { newestSuite } from '../store/store-content.js';
import { addressed, IMAGE_DEADLINE_MS } from './installer-boot.js';
import { type Scenario } from './scenario.js';

/** Maximum number of bytes over TFTP; the kernel and the initrd are loaded over TFTP, too. */
const EVERYTHING_BYTES = 120_000_000;

/** A board with U-Boot, which lists the menu and boots the entry named by the settings. */
export const uBoot: Scenario = {
  name: 'u-boot',
  summary: 'U-Boot arm64: menu and installer over TFTP',
  firmware: uBootArm64,
  dhcp: 'product',
  configuration: {
    images: ['trixie:arm64:text'],
    kernelArgs: 'console=ttyAMA0,115200',
    menu: { default: 'trixie-arm64-text-install', timeout: 3 },
  },
  stores: ['all', 'trixie'],
  stages: (store) => {
    const file = (name: string): RegExp =>
      new RegExp(`^/debian/${newestSuite(store)}/[^/]+/arm64/text/${name}$`);
    return [
      ...addressed(),
      tftpTransfer('config', /^\/pxelinux\.cfg\/default-arm$/, 60_000),
      tftpTransfer('initrd file', file('initrd\\.gz'), IMAGE_DEADLINE_MS),
      tftpTransfer('kernel file', file('linux'), IMAGE_DEADLINE_MS),
      kernelOnSerial(),
      installerDialog(),
      captureFinished(),
      tftpAccountAgrees(EVERYTHING_BYTES),
    ];
  },
};
