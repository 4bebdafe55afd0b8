import { createCipheriv, createHash } from 'node:crypto';

/** Returns bytes that look random; the same seed always gives the same bytes. */
export function noise(seed: string, length: number): Buffer {
  // A stream cipher's key stream: hundreds of megabytes take less than a second.
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/**
 * Returns a file that identifies itself, at the same offsets as a real one, as a kernel of the given version.
 */
export function kernelImage(arch: string, version: string, length: number): Buffer {
  const image = noise(`kernel ${arch} ${version}`, Math.max(length, 0x1000));
  if (arch === 'arm64') {
    image.write('ARMd', 0x38, 'latin1');
    image.write(`Linux version ${version} (debian-kernel@lists.debian.org)\0`, 0x800, 'latin1');
  } else {
    image.write('HdrS', 0x202, 'latin1');
    image.writeUInt16LE(0x400, 0x20e);
    image.write(`${version} (debian-kernel@lists.debian.org) #1 SMP\0`, 0x600, 'latin1');
  }
  return image;
}

/** Returns a stand-in for GRUB, with or without the mark of its http module. */
export function grubImage(seed: string, hasHttp: boolean): Buffer {
  const image = noise(`grub ${seed}`, 20_000);
  if (hasHttp) {
    image.write('net/http.c', 10_000, 'latin1');
  }
  return image;
}

/** Returns a file with the header of a Linux kernel for a BIOS (bzImage). */
export function biosKernel(seed: string): Buffer {
  const image = noise(`bios kernel ${seed}`, 5000);
  image.writeUInt16LE(0xaa55, 0x1fe);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt16LE(0x20c, 0x206);
  image.writeUInt8(1, 0x211);
  return image;
}

/** Machine types of PE files. */
const MACHINES = { amd64: 0x8664, i386: 0x14c, arm64: 0xaa64 };

/** Returns a file with the headers of an EFI program, with or without an entry for a signature. */
export function efiProgram(arch: keyof typeof MACHINES, seed: string, isSigned = false): Buffer {
  const image = noise(`efi ${arch} ${seed}`, 6000);
  const pe = 0x80;
  const optional = pe + 24;
  const isPlus = arch !== 'i386';
  image.write('MZ', 0, 'latin1');
  image.writeUInt32LE(pe, 0x3c);
  image.write('PE\0\0', pe, 'latin1');
  image.writeUInt16LE(MACHINES[arch], pe + 4);
  image.writeUInt16LE(isPlus ? 0x20b : 0x10b, optional);
  image.writeUInt16LE(10, optional + 68);
  const directories = optional + (isPlus ? 112 : 96);
  image.writeUInt32LE(6, directories - 4);
  image.writeUInt32LE(isSigned ? 5000 : 0, directories + 4 * 8);
  image.writeUInt32LE(isSigned ? 1000 : 0, directories + 4 * 8 + 4);
  return image;
}
