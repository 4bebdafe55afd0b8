import { describe, expect, it } from 'vitest';

import { blend, screenOpacity, splitArgb } from './blend.js';

describe('blend', () => {
  it('splitArgb separates opacity and colour', () => {
    expect(splitArgb(0xff123456)).toEqual({ alpha: 1, rgb: [0x12, 0x34, 0x56] });
    expect(splitArgb(0)).toEqual({ alpha: 0, rgb: [0, 0, 0] });
  });

  it('blend mixes linear light, as the pixels of the real program show', () => {
    // Debian's selection bar, #76a1d0ff, over its background on the real screen.
    expect(blend(0x76a1d0ff, [5, 71, 92])).toEqual([113, 155, 191]);
    expect(blend(0xffffffff, [1, 2, 3])).toEqual([255, 255, 255]);
    expect(blend(0x00ffffff, [1, 2, 3])).toEqual([1, 2, 3]);
  });

  it('screenOpacity is exact for white on black and black on white', () => {
    const [white] = blend(0x76ffffff, [0, 0, 0]);
    expect(255 * screenOpacity(0x76ffffff)).toBeCloseTo(white, 0);
    const [black] = blend(0x76000000, [255, 255, 255]);
    expect(255 * (1 - screenOpacity(0x76000000))).toBeCloseTo(black, 0);
    expect(screenOpacity(0xff808080)).toBeCloseTo(1);
  });
});
