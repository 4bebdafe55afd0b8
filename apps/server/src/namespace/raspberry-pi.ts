/** Firmware files that a Raspberry Pi requests, in any directory. */
const FIRMWARE = /^(?:bootcode\.bin|bootsig\.bin|start(?:4|4cd|_cd|cd)?\.elf|recover(?:y|4)\.elf)$/;

/**
 * Files that a Raspberry Pi 5, whose firmware is in its flash, requests first: in a directory that is named
 * after its serial number or its MAC address.
 */
const FIRST_FILES = /^\/(?:[\da-f]{8}|(?:[\da-f]{2}-){5}[\da-f]{2})\/(?:config\.txt|boot\.img)$/;

/** Returns true for a path that only the boot ROM or bootloader of a Raspberry Pi requests. */
export function isRaspberryPiFile(path: string): boolean {
  const lowerCase = path.toLowerCase();
  return (
    FIRMWARE.test(lowerCase.slice(lowerCase.lastIndexOf('/') + 1)) || FIRST_FILES.test(lowerCase)
  );
}
