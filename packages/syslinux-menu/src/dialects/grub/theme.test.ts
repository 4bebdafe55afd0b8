import { describe, expect, it } from 'vitest';

import { themedMenu } from '../../../test/support/menus.js';
import { type Menu } from '../../model/menu.js';
import { grubPaths } from './paths.js';
import { renderGrubTheme } from './theme.js';

const menu: Menu = {
  title: '',
  items: [{ type: 'reboot', id: 'reboot', label: 'Reboot' }],
};

/** Returns the texts of a theme's labels. */
function texts(of: Partial<Menu>): string[] {
  const text = renderGrubTheme({ ...menu, ...of });
  return [...text.matchAll(/^ {2}text = "(.*)"$/gm)].map(([, shown = '']) => shown);
}

describe('renderGrubTheme', () => {
  it("places everything where vesamenu.c32 does, in the theme's colours", async () => {
    const resolve = grubPaths({ protocol: 'http', host: '10.0.0.1', port: 8069 });
    const text = renderGrubTheme(themedMenu, { resolve });
    await expect(text).toMatchFileSnapshot('../../../test/goldens/themed-menu.theme.txt');
    expect(text).toContain('desktop-image: "(http,10.0.0.1:8069)/splash.png"');
  });

  it("uses syslinux's own positions and colours if the menu has none", () => {
    const text = renderGrubTheme({ ...menu, title: 'Menu' });
    // A margin of 10 and two columns inside the box; row 4; 58 - 4 columns wide and 12 rows high.
    expect(text).toContain('left = 50%-216\n  top = 50%-184\n  width = 432\n  height = 192\n');
    expect(text).toContain('item_color = "#ffffff"');
    expect(text).toContain('text = "Menu"\n  color = "#0090f0"');
    expect(text).toContain('desktop-color: "#000000"');
    expect(text).not.toContain('desktop-image');
  });

  it('centres the menu on larger screens, and respects its own size', () => {
    const resolution = { width: 1024, height: 768 };
    const theme = { background: '#ff102030', layout: { width: 2, rows: 0, vshift: 30 } };
    const text = renderGrubTheme({ ...menu, resolution, theme });
    expect(text).toContain('left = 50%-408\n  top = 50%+152\n  width = 8\n  height = 16\n');
    expect(text).toContain('desktop-color: "#102030"');
  });

  it("counts down with the menu's message, or GRUB's", () => {
    expect(texts({})).toEqual(['@KEYMAP_SHORT@', '@TIMEOUT_NOTIFICATION_LONG@']);
    const autobootMessage = '100% "sure" in # second{,s}, {one,two,many';
    expect(texts({ title: 'The "menu"', theme: { autobootMessage } })).toEqual([
      "The 'menu'",
      '@KEYMAP_SHORT@',
      "100%% 'sure' in %d seconds, many",
    ]);
    expect(texts({ theme: { autobootMessage: 'soon{}' } }).at(-1)).toBe('soon');
    expect(texts({ theme: { autobootMessage: '' } })).toEqual(['@KEYMAP_SHORT@']);
  });

  it('cleans an invalid menu, and leaves out a picture with an unusable name', () => {
    const told: string[] = [];
    const onFinding = ({ code, path }: { code: string; path?: string }): void =>
      void told.push(`${code} ${path ?? ''}`);
    const bare = renderGrubTheme(menu);
    expect(renderGrubTheme({ ...menu, title: '\n' }, { onFinding })).toBe(
      renderGrubTheme({ ...menu, title: '' }),
    );
    expect(told).toEqual(['control-character title']);
    told.length = 0;
    const theme = { background: 'splash.png' };
    expect(renderGrubTheme({ ...menu, theme }, { onFinding, resolve: () => 'a b' })).toBe(bare);
    expect(renderGrubTheme({ ...menu, theme }, { resolve: () => undefined })).toBe(bare);
    expect(told).toEqual(['unusable-file-name theme.background']);
  });
});
