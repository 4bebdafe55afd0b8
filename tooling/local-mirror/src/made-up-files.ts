import { createCipheriv, createHash } from 'node:crypto';

/** Returns bytes that look random; the same seed always gives the same bytes. */
export function noise(seed: string, length: number): Buffer {
  // A stream cipher's key stream: hundreds of megabytes take less than a second.
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/**
 * Returns a file that identifies itself, at the same offsets as a real one, as a kernel of a
 * version.
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

/** Returns a file that identifies itself as a GRUB, with or without the http module. */
export function grubImage(seed: string, hasHttp: boolean): Buffer {
  const image = noise(`grub ${seed}`, 20_000);
  if (hasHttp) {
    image.write('net/http.c', 10_000, 'latin1');
  }
  return image;
}
