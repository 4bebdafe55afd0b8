import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { anyMenu } from '../../test/support/arbitraries.js';
import { themedMenu } from '../../test/support/menus.js';
import { renderSyslinux } from '../dialects/syslinux/render.js';
import { type Menu } from '../model/menu.js';
import { parseSyslinux } from '../parse/parse.js';
import { graphicsScreen, TEXT_SCREEN } from '../screen/menu-screen.js';
import { type LoadedConfig } from '../syntax/language/loaded.js';
import { loadMenu } from './load-menu.js';
import { gridText } from './screen-grid.js';
import { layoutMenu, previewMenu } from './view.js';

/** Removes locations in a file, which a model does not have. */
function withoutSpans(config: LoadedConfig): unknown {
  return {
    ...config,
    menus: config.menus.map(({ span: _span, entries, ...menu }) => ({
      ...menu,
      entries: entries.map(({ span: _entrySpan, ...entry }) => entry),
    })),
  };
}

describe('loadMenu', () => {
  // Hundreds of menus take a while when many tests run at the same time.
  it(
    'returns the state of the menu program after it has read the rendered menu',
    { timeout: 120_000 },
    () => {
      fc.assert(
        fc.property(anyMenu, (menu) => {
          const { loaded } = parseSyslinux(renderSyslinux(menu));
          expect(withoutSpans(loadMenu(menu))).toStrictEqual(withoutSpans(loaded));
        }),
        { numRuns: 300, seed: 3 },
      );
    },
  );
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
