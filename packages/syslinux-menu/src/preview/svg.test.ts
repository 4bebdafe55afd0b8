import { describe, expect, it } from 'vitest';

import { parseSyslinux } from '../parse/parse.js';
import { graphicsScreen, TEXT_SCREEN } from '../screen/menu-screen.js';
import { paintSvg } from './svg.js';
import { layoutMenu } from './view.js';

const text = `UI vesamenu.c32
MENU TITLE A & B <c> "d"
LABEL a
  MENU LABEL ^Alpha
  LINUX v
`;

function paint(config: string, options: Parameters<typeof paintSvg>[1] = {}): string {
  return paintSvg(layoutMenu(parseSyslinux(config).loaded, {}, graphicsScreen()), options);
}

describe('paintSvg', () => {
  it('is as large as the screen and escapes its text', () => {
    const svg = paint(text);
    expect(svg).toMatch(/^<svg [^>]*width="640" height="480" viewBox="0 0 640 480"/);
    expect(svg).toContain('<title>A &amp; B &lt;c&gt; &quot;d&quot;</title>');
    expect(svg.endsWith('</svg>\n')).toBe(true);
    expect(paint(text, { title: 'Mine' })).toContain('<title>Mine</title>');
    const asText = paintSvg(layoutMenu(parseSyslinux(text).loaded, {}, TEXT_SCREEN));
    expect(asText).toContain('width="656" height="416"');
  });

  it('draws the selection bar where vesamenu.c32 does, with its shadow', () => {
    // Row 4, from column 12 for 56 characters of 8 by 16 pixels, after a margin of 8 pixels.
    expect(paint(text)).toContain('<rect x="97" y="57" width="8" height="16" fill="#000000"');
    expect(paint(text)).toContain('<rect x="96" y="56" width="8" height="16" fill="#');
  });

  it('blends exactly over one colour, and leaves blending over a picture to the viewer', () => {
    const one = `${text}MENU BACKGROUND #ff05475c\nMENU COLOR sel * #ffffffff #76a1d0ff none\n`;
    expect(paint(one)).toContain('fill="#719bbf"/>');
    const over = paint(one, { backgroundUrl: 'data:image/png;base64,AA"=' });
    expect(over).toContain('<image href="data:image/png;base64,AA&quot;="');
    expect(over).toMatch(/fill="#a1d0ff" fill-opacity="0\.\d{3}"/);
    expect(over).toMatch(/fill="#ffffff">lpha/);
  });

  it('paints no empty shadows, letters or cells', () => {
    const plain = `${text}MENU COLOR sel * #00ffffff #00000000 none
MENU COLOR hotsel * #00ffffff #00000000 none
MENU COLOR title * #ffffffff * none
`;
    expect(paint(plain)).not.toContain('Alpha');
    expect(paint(plain).match(/A &amp; B/g)).toHaveLength(2);
    expect(paint(text).match(/A &amp; B/g)).toHaveLength(3);
  });

  it('is empty but valid for an empty screen', () => {
    const grid = {
      screen: TEXT_SCREEN,
      cells: [],
      colors: parseSyslinux('').loaded.menus[1]!.colors,
    };
    expect(paintSvg({ ...grid, background: '' })).toContain('<title></title>');
  });
});
