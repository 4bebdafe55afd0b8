/** Width of a character cell in the VGA BIOS's text font, in pixels. */
export const GLYPH_WIDTH = 8;
/** Rows of a character cell; in the font, one byte each, leftmost pixel in the highest bit. */
export const GLYPH_HEIGHT = 16;

/** The option ROM of the VGA card in guest-physical memory. */
export const VGA_ROM = { address: 0xc_0000, length: 0x1_0000 } as const;

const GLYPH_COUNT = 256;
/** The letter `A` in the 8x16 font that every VGA BIOS since IBM's contains. */
const LETTER_A = [0, 0, 0x10, 0x38, 0x6c, 0xc6, 0xc6, 0xfe, 0xc6, 0xc6, 0xc6, 0xc6, 0, 0, 0, 0];

/** The 8x16 font: 256 glyphs (code page 437) of 16 bytes. */
export type VgaFont = Uint8Array;

/**
 * Finds the 8x16 font in the VGA BIOS, which draws the text screen and is also used by syslinux's
 * graphical menu.
 *
 * @throws {@link LabError} `ERR_LAB_MALFORMED` when there is none
 */
export function findVgaFont(rom: Uint8Array): VgaFont {
  const letter = Buffer.from(rom).indexOf(Uint8Array.from(LETTER_A));
  const start = letter - 'A'.charCodeAt(0) * GLYPH_HEIGHT;
  const end = start + GLYPH_COUNT * GLYPH_HEIGHT;
  if (letter < 0 || start < 0 || end > rom.length) {
    throw new LabError('ERR_LAB_MALFORMED', 'no 8x16 font in the VGA BIOS');
  }
  return rom.slice(start, end);
}
import { LabError } from '@pxe/lab-host';
