import { uefiArm64, uefiIa32, uefiX64, uefiX64SecureBoot } from '../machine/firmware.js';
import { grubDialect } from '../menu/menu-dialect.js';
import { captureFinished, httpAccountAgrees, tftpAccountAgrees } from '../stage/evidence-stages.js';
import { kernelOnSerial } from '../stage/installer-stages.js';
import { type Stage } from '../stage/stage.js';
import { tftpTransfer } from '../stage/transfer-stages.js';
import { newestSuite, type StoreContent } from '../store/store-content.js';
import { addressed, imageLoaded, type InstallerImage, installerStarted } from './installer-boot.js';
import { type Scenario } from './scenario.js';

/** Paths at which machines of one architecture request shim and GRUB. */
export interface LoaderPair {
  readonly shim: string;
  readonly grub: string;
}

export const X64: LoaderPair = { shim: '/bootnetx64.efi', grub: '/grubx64.efi' };
const IA32: LoaderPair = { shim: '/bootnetia32.efi', grub: '/grubia32.efi' };
const AA64: LoaderPair = { shim: '/bootnetaa64.efi', grub: '/grubaa64.efi' };

/** Deadline for shim or GRUB, in milliseconds. Emulated firmware takes a long time for each block. */
const LOADER_DEADLINE_MS = 60_000;

/** Maximum number of bytes over TFTP if only shim, GRUB and the menu are loaded over it. */
const LOADERS_BYTES = 4_000_000;
/**
 * Maximum number of bytes over TFTP if the kernel and initrd are loaded over it as well: bookworm's GRUB does
 * not support HTTP.
 */
const EVERYTHING_BYTES = 100_000_000;

/** Returns the stages from power-on to GRUB's menu in memory. */
export function loaded({ shim, grub }: LoaderPair): Stage[] {
  return [
    ...addressed(),
    tftpTransfer('shim', shim, LOADER_DEADLINE_MS),
    tftpTransfer('grub', grub, LOADER_DEADLINE_MS),
    tftpTransfer('config', /\/grub\/grub\.cfg$/),
  ];
}

function installer(store: StoreContent, arch: InstallerImage['arch']): InstallerImage {
  // The newest suite's GRUB starts the kernels of all suites; bookworm's does not support HTTP.
  const suite = arch === 'i386' ? 'bookworm' : newestSuite(store);
  return { suite, arch, variant: 'text', transport: suite === 'trixie' ? 'http' : 'tftp' };
}

function booted(pair: LoaderPair, image: InstallerImage): Stage[] {
  return [
    ...loaded(pair),
    ...installerStarted(grubDialect, image),
    tftpAccountAgrees(image.transport === 'http' ? LOADERS_BYTES : EVERYTHING_BYTES),
    httpAccountAgrees(),
  ];
}

/** A PC with UEFI, Secure Boot off. */
export const uefi: Scenario = {
  name: 'uefi',
  summary: 'UEFI x64: shim, GRUB and menu over TFTP, the installer over HTTP',
  firmware: uefiX64,
  dhcp: 'product',
  configuration: { kernelArgs: 'console=ttyS0,115200' },
  stores: ['all', 'trixie', 'bookworm'],
  stages: (store) => booted(X64, installer(store, 'amd64')),
};

/** A PC as sold: Secure Boot on, with Microsoft's keys. */
export const uefiSecureBoot: Scenario = {
  ...uefi,
  name: 'uefi-secure-boot',
  summary: 'UEFI x64 with Secure Boot: as uefi',
  firmware: uefiX64SecureBoot,
};

/** 32-bit firmware, for which bookworm is the last release. */
export const uefi32: Scenario = {
  ...uefi,
  name: 'uefi-ia32',
  summary: 'UEFI ia32: everything of bookworm over TFTP',
  firmware: uefiIa32,
  stores: ['all', 'bookworm'],
  stages: (store) => booted(IA32, installer(store, 'i386')),
};

/** A 64-bit ARM server. */
export const arm64: Scenario = {
  ...uefi,
  name: 'arm64',
  summary: 'UEFI arm64: as uefi',
  firmware: uefiArm64,
  configuration: { kernelArgs: 'console=ttyAMA0,115200' },
  stages: (store) => booted(AA64, installer(store, 'arm64')),
};

/** A boot with an initrd of 73 MB, in blocks of 1024 bytes: their 16-bit numbers wrap around. */
export const uefiRollover: Scenario = {
  ...uefi,
  name: 'uefi-rollover',
  summary: 'UEFI x64, bookworm: a graphical initrd over TFTP, past block 65535',
  stores: ['bookworm'],
  stages: () => [
    ...loaded(X64),
    ...imageLoaded(grubDialect, {
      suite: 'bookworm',
      arch: 'amd64',
      variant: 'gtk',
      transport: 'tftp',
    }),
    kernelOnSerial(),
    captureFinished(),
    tftpAccountAgrees(EVERYTHING_BYTES),
  ],
};
