import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';

import { fixture } from '../../test/support/fixture.js';
import { readScreenText } from './screen-text.js';
import { findVgaFont } from './vga-font.js';

const font = fixture('vga-8x16.font');

describe('readScreenText', () => {
  it('reads the graphical menu, including the selected entry and the coloured title', () => {
    const lines = readScreenText(decode(fixture('vesamenu.png')), font).map((line) => line.trim());
    expect(lines.filter((line) => line !== '')).toEqual([
      'Debian network install',
      'Debian 13 (trixie) amd64 text                        >',
      'Debian 13 (trixie) amd64 gtk                         >',
      'Debian 12 (bookworm) amd64 text                      >',
      'Debian 12 (bookworm) amd64 gtk                       >',
      'Boot from local disk',
      'Press [Tab] to edit options',
      expect.stringMatching(/^Automatic boot in \d+ seconds\.\.\.$/),
    ]);
  });

  it('reads a text mode with nine pixels per character', () => {
    const text = readScreenText(decode(fixture('ipxe-text-mode.png')), font).join('\n');
    expect(text).toContain('net0: 10.77.0.50/255.255.255.0 gw 10.77.0.1');
    expect(text).toContain(
      'PXELINUX 6.04 lwIP 20200816 Copyright (C) 1994-2015 H. Peter Anvin et al',
    );
  });

  it('reads most of what Memtest86+ draws under UEFI, in a font of its own', () => {
    const text = readScreenText(decode(fixture('memtest-uefi.png')), font).join('\n');
    expect(text).toContain('test86+');
    expect(text).toContain('<ESC> E it  <F1> Con iguration  <Space> Scroll Lock');
  });

  it('finds nothing on an empty screen', () => {
    const blank = { width: 640, height: 480, data: new Uint8Array(640 * 480 * 3).fill(90) };
    expect(readScreenText(blank, font).join('')).toBe('');
  });
});

describe('findVgaFont', () => {
  it('finds the font at any offset in the ROM', () => {
    const rom = Buffer.concat([Buffer.alloc(1000, 0x5a), font, Buffer.alloc(500, 0xa5)]);
    expect(Buffer.from(findVgaFont(rom)).equals(font)).toBe(true);
  });

  it.each([
    ['without a font', Buffer.alloc(4096, 0xff)],
    ['that ends within the font', font.subarray(0, 2000)],
    ['that begins within the font', font.subarray(500)],
  ])('refuses a ROM %s', (_name, rom) => {
    expect(() => findVgaFont(rom)).toThrow('no 8x16 font');
  });
});
