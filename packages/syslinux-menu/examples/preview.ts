import { parseSyslinux } from '@pxe/syslinux-menu';
import { graphicsScreen, gridText, MenuNavigator, paintSvg } from '@pxe/syslinux-menu/preview';

const { loaded } = parseSyslinux(`UI vesamenu.c32
MENU TITLE Tools
MENU ROWS 4
LABEL memtest
  MENU LABEL ^Memory test
  LINUX memtest.bin
MENU BEGIN disks
  MENU LABEL ^Disks
  LABEL wipe
    MENU LABEL ^Wipe them
    LINUX wipe
    TEXT HELP
There is no way back.
    ENDTEXT
MENU END
`);

const walk = new MenuNavigator(loaded, { screen: graphicsScreen(640, 480) });
walk.press('d');
walk.press('enter');
console.log(gridText(walk.grid).trimEnd());
walk.press('enter');
console.log(walk.outcome);
console.log(paintSvg(walk.grid, { title: 'Tools' }).split('\n')[0]);
