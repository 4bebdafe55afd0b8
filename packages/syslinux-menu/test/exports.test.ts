import { describe, expect, it } from 'vitest';

import * as cli from '../src/cli/index.js';
import * as grub from '../src/dialects/grub/index.js';
import * as ipxe from '../src/dialects/ipxe/index.js';
import * as main from '../src/index.js';
import * as preview from '../src/preview/index.js';

describe('exports', () => {
  it('exports these names and no others', () => {
    const names = (module: object): readonly string[] => Object.keys(module).sort();
    expect({
      '.': names(main),
      './cli': names(cli),
      './grub': names(grub),
      './ipxe': names(ipxe),
      './preview': names(preview),
    }).toMatchInlineSnapshot(`
    {
      ".": [
        "COLOR_NAMES",
        "DIALECTS",
        "HIDDEN_MENU",
        "LAYOUT_PARAMETERS",
        "MAX_COMMAND_LINE_BYTES",
        "MAX_FILE_NAME_BYTES",
        "MAX_INCLUDE_DEPTH",
        "MAX_LINE_BYTES",
        "MAX_SUBMENU_DEPTH",
        "MenuError",
        "ROOT_MENU",
        "SYSTEM_INFO",
        "cleanMenu",
        "defineMenu",
        "encodeText",
        "formatDiagnostic",
        "hasErrors",
        "parseNetworkName",
        "parseSyslinux",
        "pxelinuxConfigPaths",
        "render",
        "renderSyslinux",
        "safeRender",
        "safeRenderSyslinux",
        "setOption",
        "syslinux",
        "unattendedBoot",
        "validateMenu",
        "walkItems",
      ],
      "./cli": [
        "LOADERS",
        "MenuFileError",
        "checkMenuFile",
        "convertMenuFile",
        "describeMenu",
        "parseMenuFile",
        "parseOptionsFor",
        "readAll",
        "runMenuCommand",
        "showMenuFile",
        "walkMenu",
      ],
      "./grub": [
        "MenuError",
        "grub",
        "grubPaths",
        "renderGrub",
        "renderGrubTheme",
        "safeRenderGrub",
      ],
      "./ipxe": [
        "MenuError",
        "ipxe",
        "ipxePaths",
        "renderIpxe",
        "safeRenderIpxe",
      ],
      "./preview": [
        "CHARACTER",
        "MARGIN_PIXELS",
        "MenuNavigator",
        "NAMED_KEYS",
        "TEXT_SCREEN",
        "graphicsScreen",
        "gridText",
        "layoutMenu",
        "loadMenu",
        "paintAnsi",
        "paintSvg",
        "previewMenu",
      ],
    }
  `);
  });
});
