import { safeRenderSyslinux, syslinux } from '../dialects/syslinux/render.js';
import { type Menu } from '../model/menu.js';
import { loadSyslinux } from '../parse/parse.js';
import { type LoadedConfig } from '../syntax/language/loaded.js';
import { cleanMenu } from '../validate/clean-menu.js';

/**
 * Returns the state of the menu program after it has read the output of `renderSyslinux` with unchanged
 * paths; locations refer to that text. A menu that cannot be rendered because nothing in it could be
 * started is loaded with all its items.
 */
export function loadMenu(menu: Menu): LoadedConfig {
  const rendered = safeRenderSyslinux(menu);
  return loadSyslinux(rendered.ok ? rendered.text : unstartableText(menu));
}

function unstartableText(menu: Menu): string {
  const ignore = (): void => undefined;
  return syslinux.write(
    {
      menu: cleanMenu(menu).menu,
      leftOut: new Set(),
      unattended: undefined,
      isDefaultLost: false,
      report: ignore,
      fault: ignore,
    },
    {},
  );
}
