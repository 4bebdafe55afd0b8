import { encode } from 'fast-png';

import { LabError } from '../errors.js';

/** Picture of three bytes (red, green, blue) per pixel, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/**
 * Reads a binary PPM file (netpbm "P6", 8 bits), as QEMU's `screendump` writes it.
 *
 * @throws {@link LabError} `ERR_LAB_MALFORMED` for any other format
 */
export function decodePpm(file: Uint8Array): Picture {
  const header = Buffer.from(file.subarray(0, 64)).toString('latin1');
  const match = /^P6\s+(?:#[^\n]*\n)?(\d+)\s+(\d+)\s+255\s/.exec(header);
  if (match === null) {
    throw new LabError('ERR_LAB_MALFORMED', 'the screenshot is not a P6 picture');
  }
  const width = Number(match[1]);
  const height = Number(match[2]);
  const rgb = file.subarray(match[0].length);
  if (rgb.length !== width * height * 3) {
    const seen = `${rgb.length} bytes for ${width}x${height}`;
    throw new LabError('ERR_LAB_MALFORMED', `the screenshot is cut short: ${seen}`);
  }
  return { width, height, rgb };
}

/** Encodes the picture as PNG. */
export function encodePng({ width, height, rgb }: Picture): Uint8Array {
  return encode({ width, height, data: rgb, channels: 3, depth: 8 });
}
