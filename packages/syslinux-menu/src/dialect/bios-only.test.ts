import { describe, expect, it } from 'vitest';

import { renderIpxe } from '../dialects/ipxe/render.js';
import { type MenuItem } from '../model/menu.js';

const LINUX: MenuItem = { type: 'linux', id: 'l', label: 'Linux', kernel: 'v' };
const MEMTEST: MenuItem = { type: 'linux', id: 'm', label: 'Memory', kernel: 'memtest' };
const BACK: MenuItem = { type: 'back', id: 'b', label: 'Back' };
const HEADING: MenuItem = { type: 'separator', label: 'Notes' };

/** Returns the line of an iPXE script that shows a submenu with these items. */
function shown(items: readonly MenuItem[]): string | undefined {
  const submenu: MenuItem = { type: 'submenu', id: 's', label: 'Sub', items };
  return renderIpxe({ title: '', items: [LINUX, submenu] })
    .split('\n')
    .find((line) => line.includes('item s Sub'));
}

describe('a submenu under UEFI', () => {
  it('is shown if it has only headings, or entries that are disabled', () => {
    expect(shown([HEADING, BACK])).toBe('item s Sub');
    expect(shown([{ ...MEMTEST, disabled: true }, BACK])).toBe('item s Sub');
  });

  it('is hidden if only a BIOS can start what it offers', () => {
    const hidden = 'iseq ${platform} pcbios && item s Sub ||';
    expect(shown([HEADING, MEMTEST])).toBe(hidden);
    expect(shown([MEMTEST, { ...LINUX, id: 'x', disabled: true }])).toBe(hidden);
    expect(shown([MEMTEST, { ...LINUX, id: 'x' }])).toBe('item s Sub');
  });
});
