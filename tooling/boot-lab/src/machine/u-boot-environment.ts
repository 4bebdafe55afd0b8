import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/** `CONFIG_ENV_SIZE` of Debian's qemu_arm64 build, in bytes. */
const ENVIRONMENT_SIZE = 0x40000;
/** Size of the second flash of QEMU's `virt` machine, in bytes. */
const FLASH_SIZE = 64 * 1024 * 1024;

/**
 * Encodes a saved environment of U-Boot: a CRC32, then NUL-terminated `name=value` pairs (U-Boot,
 * env/common.c).
 */
export function encodeUBootEnvironment(variables: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(variables).map(([name, value]) => `${name}=${value}\0`);
  const data = Buffer.alloc(ENVIRONMENT_SIZE - 4);
  data.write(`${text.join('')}\0`, 'latin1');
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(data));
  return Buffer.concat([checksum, data]);
}

/** Writes the flash in which a board stores its environment. */
export async function writeUBootFlash(
  file: string,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const flash = await open(file, 'w');
  try {
    await flash.truncate(FLASH_SIZE);
    await flash.write(encodeUBootEnvironment(variables), 0, ENVIRONMENT_SIZE, 0);
  } finally {
    await flash.close();
  }
}
