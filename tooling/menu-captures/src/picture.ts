import { encode } from 'fast-png';

/** Converts a binary PPM (P6, 8 bits) to PNG. */
export function pngFromPpm(ppm: Buffer): Uint8Array {
  const header = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(ppm.toString('latin1', 0, 64));
  if (header === null) {
    throw new Error('QEMU wrote no binary PPM');
  }
  const [text, width, height] = header;
  return encode({
    width: Number(width),
    height: Number(height),
    channels: 3,
    depth: 8,
    data: new Uint8Array(ppm.subarray(text.length)),
  });
}
