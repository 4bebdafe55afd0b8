import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { anyMenu } from '../../test/support/arbitraries.js';
import { themedMenu } from '../../test/support/menus.js';
import { renderSyslinux, safeRenderSyslinux } from '../dialects/syslinux/render.js';
import { type Menu, type MenuItem } from '../model/menu.js';
import { parseSyslinux } from '../parse/parse.js';
import { graphicsScreen, TEXT_SCREEN } from '../screen/menu-screen.js';
import { ROOT_MENU } from '../syntax/language/loaded.js';
import { loadMenu } from './load-menu.js';
import { gridText } from './screen-grid.js';
import { layoutMenu, previewMenu } from './view.js';

const GRUB_HASH = 'grub.pbkdf2.sha512.10000.AB.CD';
const RESTART: MenuItem = { type: 'reboot', id: 'r', label: 'Restart' };
const LOCKED: MenuItem = { type: 'poweroff', id: 'p', label: 'Off', passwordHash: GRUB_HASH };

/** Texts of the entries that the top menu shows. */
function shown(menu: Menu): readonly string[] {
  return loadMenu(menu).menus[ROOT_MENU]!.entries.map(({ text }) => text);
}

describe('loadMenu', () => {
  it('leaves out what syslinux cannot start', () => {
    const submenu: MenuItem = { type: 'submenu', id: 's', label: 'Sub', items: [LOCKED] };
    expect(shown({ title: '', items: [RESTART, LOCKED, submenu] })).toEqual(['Restart']);
  });

  it('loads all items of a menu from which nothing could be started', () => {
    const menu: Menu = { title: '', masterPasswordHash: GRUB_HASH, items: [LOCKED] };
    expect(shown(menu)).toEqual(['Off']);
    expect(shown({ title: '', items: [] })).toEqual([]);
  });

  it('shows a hidden menu whose countdown would boot an entry that is left out', () => {
    const menu: Menu = {
      title: '',
      hidden: true,
      timeoutSeconds: 5,
      defaultId: 'p',
      items: [RESTART, LOCKED],
    };
    expect(loadMenu(menu)).toMatchObject({ hidden: false });
    expect(loadMenu({ ...menu, defaultId: 'r' })).toMatchObject({ hidden: true });
  });

  it('lets nobody edit entries if syslinux cannot check the master password', () => {
    const [, top] = loadMenu({ title: '', masterPasswordHash: GRUB_HASH, items: [RESTART] }).menus;
    expect(top).toMatchObject({ allowEditing: false, masterPassword: undefined });
  });

  it('selects the first entry of the menu that is shown first, if its countdown needs that', () => {
    const disabled: MenuItem = { ...RESTART, id: 'd', disabled: true };
    const items: MenuItem[] = [disabled, { ...RESTART, id: 'e' }];
    const menu: Menu = {
      title: '',
      timeoutSeconds: 5,
      defaultId: 'r',
      startId: 's',
      items: [RESTART, { type: 'submenu', id: 's', label: 'Sub', items }],
    };
    const { menus, startMenu } = loadMenu(menu);
    expect(menus[startMenu]).toMatchObject({ hasDefault: true, defaultEntry: 1 });
  });

  it('loads what a parser of the rendered text reports as loaded', () => {
    fc.assert(
      fc.property(anyMenu, (menu) => {
        const rendered = safeRenderSyslinux(menu);
        fc.pre(rendered.ok);
        expect(loadMenu(menu)).toEqual(parseSyslinux(rendered.text).loaded);
      }),
    );
  });
});

describe('previewMenu', () => {
  it('draws a model like its rendered text', () => {
    const { loaded } = parseSyslinux(renderSyslinux(themedMenu));
    expect(previewMenu(themedMenu)).toEqual(layoutMenu(loaded, {}, graphicsScreen()));
  });

  it("draws on the menu's own screen, or on another one", () => {
    const menu: Menu = {
      title: 'Size',
      resolution: { width: 800, height: 600 },
      items: [{ type: 'reboot', id: 'r', label: 'Restart' }],
    };
    expect(previewMenu(menu).screen.pixels).toEqual({ width: 800, height: 600 });
    expect(gridText(previewMenu(menu, { seconds: 3 }, TEXT_SCREEN))).toContain('in 3 seconds');
  });
});
