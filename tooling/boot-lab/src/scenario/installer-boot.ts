import { type MenuDialect } from '../menu/menu-dialect.js';
import { daemonReady } from '../stage/daemon-stages.js';
import { captureFinished } from '../stage/evidence-stages.js';
import { installerDialog, kernelOnSerial } from '../stage/installer-stages.js';
import { dhcpLease, powerOn } from '../stage/machine-stages.js';
import { entryChosen, menuShown } from '../stage/menu-stages.js';
import { type Stage } from '../stage/stage.js';
import { httpDownload, tftpTransfer } from '../stage/transfer-stages.js';
import { type Suite } from '../store/store-content.js';

/** Installer chosen from the menu. */
export interface InstallerImage {
  readonly suite: Suite;
  readonly arch: 'amd64' | 'arm64' | 'i386';
  readonly variant: 'text' | 'gtk';
  /** Transport of kernel and initrd. */
  readonly transport: 'http' | 'tftp';
}

/**
 * Deadline for a kernel or an initrd, in milliseconds: an emulated machine may take a second for each
 * megabyte over TFTP.
 */
export const IMAGE_DEADLINE_MS = 150_000;

/** Returns the stages from power-on to an address. */
export function addressed(): Stage[] {
  return [daemonReady(), powerOn(), dhcpLease()];
}

/** Returns the stages from the menu to kernel and initrd in the machine's memory. */
export function imageLoaded(dialect: MenuDialect, image: InstallerImage): Stage[] {
  const { suite, arch, variant, transport } = image;
  const fetched = transport === 'http' ? httpDownload : tftpTransfer;
  // GRUB and iPXE prefix the path with the machine's own path.
  const path = (file: string): RegExp =>
    new RegExp(`^(?:/m/[^/]+(?:/[^/]+)?)?/debian/${suite}/[^/]+/${arch}/${variant}/${file}$`);
  return [
    menuShown(dialect),
    entryChosen(dialect, `${suite}-${arch}-${variant}-install`),
    fetched('kernel file', path('linux'), IMAGE_DEADLINE_MS),
    fetched('initrd file', path('initrd\\.gz'), IMAGE_DEADLINE_MS),
  ];
}

/** Returns the stages from the menu to the installer's first dialog. */
export function installerStarted(dialect: MenuDialect, image: InstallerImage): Stage[] {
  return [...imageLoaded(dialect, image), kernelOnSerial(), installerDialog(), captureFinished()];
}
