import { uefiX64SecureBoot } from '../machine/firmware.js';
import { grubDialect } from '../menu/menu-dialect.js';
import { daemonReady } from '../stage/daemon-stages.js';
import { captureFinished, httpAccountAgrees, tftpAccountAgrees } from '../stage/evidence-stages.js';
import { installerDialog, kernelOnSerial } from '../stage/installer-stages.js';
import { dhcpLease, powerOn } from '../stage/machine-stages.js';
import { entryChosen, menuShown } from '../stage/menu-stages.js';
import { httpDownload, tftpTransfer } from '../stage/transfer-stages.js';
import { type Scenario } from './scenario.js';

/** A PC with Secure Boot on: Debian's signed shim and GRUB by TFTP, our menu, the rest by HTTP. */
export const uefiSecureBoot: Scenario = {
  name: 'uefi-secure-boot',
  summary: 'UEFI x64 with Secure Boot: shim, GRUB and menu by TFTP, Debian 13 text by HTTP',
  firmware: uefiX64SecureBoot,
  dhcp: { bootFile: 'bootnetx64.efi' },
  configuration: { kernelArgs: 'console=ttyS0,115200' },
  stages: [
    daemonReady(),
    powerOn(),
    dhcpLease(),
    tftpTransfer('shim', '/bootnetx64.efi', 60_000),
    tftpTransfer('grub', '/grubx64.efi', 60_000),
    tftpTransfer('config', /\/grub\/grub\.cfg$/),
    menuShown(grubDialect),
    entryChosen(grubDialect, 'trixie-amd64-text-install'),
    httpDownload('kernel file', /^\/debian\/trixie\/[^/]+\/amd64\/text\/linux$/),
    httpDownload('initrd file', /^\/debian\/trixie\/[^/]+\/amd64\/text\/initrd\.gz$/),
    kernelOnSerial(),
    installerDialog(),
    captureFinished(),
    tftpAccountAgrees(4_000_000),
    httpAccountAgrees(),
  ],
};
