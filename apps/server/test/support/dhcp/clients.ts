import { Buffer } from 'node:buffer';

/** Parameters requested by EDK2 (HttpBootDhcp4.c, PxeBcDhcp4.c); other firmware is similar. */
const PARAMETERS = Buffer.from([
  ...[1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60],
  ...[66, 67, 97],
]);

/** Parameters requested by busybox's udhcpc in Debian's installer. */
const INSTALLER_PARAMETERS = Buffer.from([1, 3, 6, 12, 15, 28, 42]);

export function firmware(architecture: number, vendor = 'PXEClient'): Map<number, Buffer> {
  const name = `${vendor}:Arch:${String(architecture).padStart(5, '0')}:UNDI:003000`;
  return new Map([
    [55, PARAMETERS],
    [60, Buffer.from(name)],
    [93, Buffer.from([architecture >> 8, architecture & 0xff])],
    [94, Buffer.from([1, 3, 0])],
    [97, Buffer.alloc(17)],
  ]);
}

export function ipxe(architecture: number): Map<number, Buffer> {
  return new Map([...firmware(architecture), [77, Buffer.from('iPXE')]]);
}

/** U-Boot under its own name (arm64: 22), and acting as UEFI for its EFI boot (net/bootp.c). */
export const uBoot = new Map([
  [55, Buffer.from([1, 3, 6, 12, 15, 17, 28, 40, 41, 42])],
  [60, Buffer.from('U-Boot.armv8')],
  [93, Buffer.from([0, 22])],
  [94, Buffer.from([1, 0, 0])],
]);
export const uBootAsUefi = new Map([
  ...uBoot,
  [60, Buffer.from('PXEClient:Arch:00011:UNDI:003000')] as const,
  [93, Buffer.from([0, 11])] as const,
]);

export const installer = new Map([
  [55, INSTALLER_PARAMETERS],
  [60, Buffer.from('d-i')],
]);
/** Installer that also requests a boot file name. */
export const curiousInstaller = new Map([...installer, [55, PARAMETERS]]);
/** Firmware that does not request option 60. */
export const terseHttpBoot = new Map([
  ...firmware(16, 'HTTPClient'),
  [55, Buffer.from([1, 3, 6, 67])] as const,
]);
export const laptop = new Map([[55, PARAMETERS]]);
