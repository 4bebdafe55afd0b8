import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { safeRenderGrub } from '../src/dialects/grub/index.js';
import { safeRenderIpxe } from '../src/dialects/ipxe/index.js';
import { parseSyslinux, renderSyslinux, safeRenderSyslinux, validateMenu } from '../src/index.js';
import { MenuNavigator, NAMED_KEYS, paintAnsi, paintSvg } from '../src/preview/index.js';
import { anyConfig, anyMenu } from './support/arbitraries.js';

const runs = { numRuns: 500, seed: 20_190_206 };

describe('properties of the model and its texts', () => {
  it('parse(render(menu)) is the menu, with either menu program', () => {
    fc.assert(
      fc.property(anyMenu, fc.constantFrom('vesamenu.c32', 'menu.c32'), (menu, ui) => {
        const parsed = parseSyslinux(renderSyslinux(menu, { ui }));
        expect(parsed.menu).toStrictEqual(menu);
        const faults = parsed.diagnostics.filter(({ severity }) => severity === 'error');
        expect(faults).toEqual([]);
      }),
      runs,
    );
  });

  it('the model of a text stays the same when it is rendered and parsed again', () => {
    fc.assert(
      fc.property(anyConfig, (text) => {
        const { menu } = parseSyslinux(text);
        const result = safeRenderSyslinux(menu);
        if (result.ok) {
          expect(parseSyslinux(result.text).menu).toStrictEqual(menu);
        }
      }),
      runs,
    );
  });

  it('no text makes the parser, the validation or a renderer throw', () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, (text, included) => {
        const files = new Map([
          ['a', included],
          ['self', `${included}\ninclude b\n`],
          ['b', 'include self\n'],
        ]);
        const { menu, diagnostics } = parseSyslinux(text, {
          resolveInclude: (name) => files.get(name),
          hasFile: (name) => name === 'a',
        });
        validateMenu(menu);
        safeRenderSyslinux(menu);
        safeRenderGrub(menu);
        safeRenderIpxe(menu);
        for (const { span, path } of diagnostics) {
          expect(span ?? path).toBeDefined();
        }
      }),
      runs,
    );
  });

  it('no text and no keys make the preview throw or leave its screen', () => {
    const key = fc.oneof(
      fc.constantFrom(...NAMED_KEYS),
      fc.constantFrom(...'abAB+-<> ^'.split('')),
    );
    fc.assert(
      fc.property(anyConfig, fc.array(key, { maxLength: 30 }), fc.nat(9000), (text, keys, ms) => {
        const navigator = new MenuNavigator(parseSyslinux(text).loaded);
        navigator.tick(ms);
        for (const pressed of keys) {
          navigator.press(pressed);
        }
        const { grid } = navigator;
        expect(grid.cells.map((row) => row.length)).toEqual(Array(25).fill(80));
        expect(paintAnsi(grid).split('\n')).toHaveLength(26);
        expect(paintSvg(grid)).toMatch(/<\/svg>\n$/);
      }),
      runs,
    );
  });
});
