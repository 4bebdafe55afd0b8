import { biosVirtio } from '../machine/firmware.js';
import { syslinuxDialect } from '../menu/menu-dialect.js';
import { daemonReady } from '../stage/daemon-stages.js';
import { captureFinished, httpAccountAgrees, tftpAccountAgrees } from '../stage/evidence-stages.js';
import { installerDialog, kernelOnSerial } from '../stage/installer-stages.js';
import { dhcpLease, powerOn } from '../stage/machine-stages.js';
import { entryChosen, menuShown } from '../stage/menu-stages.js';
import { httpDownload, tftpTransfer } from '../stage/transfer-stages.js';
import { type Scenario } from './scenario.js';

/** A PC with a PXE ROM, as the README describes it: two lines of DHCP, our menu, Debian 13. */
export const bios: Scenario = {
  name: 'bios',
  summary: 'BIOS, lpxelinux.0 and menu by TFTP, Debian 13 text installer by HTTP',
  firmware: biosVirtio,
  dhcp: { bootFile: 'lpxelinux.0' },
  configuration: { kernelArgs: 'console=ttyS0,115200' },
  stages: [
    daemonReady(),
    powerOn(),
    dhcpLease(),
    tftpTransfer('loader', '/lpxelinux.0'),
    tftpTransfer('modules', '/ldlinux.c32'),
    tftpTransfer('config', /^\/pxelinux\.cfg\//),
    menuShown(syslinuxDialect),
    entryChosen(syslinuxDialect, 'trixie-amd64-text-install'),
    httpDownload('kernel file', /^\/debian\/trixie\/[^/]+\/amd64\/text\/linux$/),
    httpDownload('initrd file', /^\/debian\/trixie\/[^/]+\/amd64\/text\/initrd\.gz$/),
    kernelOnSerial(),
    installerDialog(),
    captureFinished(),
    tftpAccountAgrees(1_000_000),
    httpAccountAgrees(),
  ],
};
