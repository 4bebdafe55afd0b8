import { type MenuTheme } from '@pxe/syslinux-menu';

/** Path of the menu's background. */
export const SPLASH_PATH = '/splash.png';

/**
 * Appearance of the menu at 640x480, to match the panel in `assets/splash.svg`: the box is 70 columns wide
 * and starts in row 5. Colours are `#aarrggbb`; `aa` is the opacity over the picture.
 */
export const BOOT_MENU_THEME: MenuTheme = {
  background: SPLASH_PATH,
  layout: {
    margin: 4,
    rows: 12,
    vshift: 4,
    timeoutrow: 19,
    cmdlinerow: 19,
    helpmsgrow: 21,
    helpmsgendrow: 27,
    tabmsgrow: 24,
  },
  colors: {
    screen: { foreground: '#ffc8d0e0', background: '#00000000', shadow: 'none' },
    border: { foreground: '#00000000', background: '#00000000', shadow: 'none' },
    title: { foreground: '#fff4f6fb', background: '#00000000', shadow: 'std' },
    unsel: { foreground: '#ffc8d0e0', background: '#00000000', shadow: 'none' },
    hotkey: { foreground: '#ffff7aa5', background: '#00000000', shadow: 'none' },
    sel: { foreground: '#ffffffff', background: '#ffc2094b', shadow: 'none' },
    hotsel: { foreground: '#ffffd0df', background: '#ffc2094b', shadow: 'none' },
    disabled: { foreground: '#ff6b7690', background: '#00000000', shadow: 'none' },
    scrollbar: { foreground: '#60ffffff', background: '#00000000', shadow: 'none' },
    tabmsg: { foreground: '#ff77829c', background: '#00000000', shadow: 'none' },
    cmdmark: { foreground: '#ffef3b78', background: '#00000000', shadow: 'none' },
    cmdline: { foreground: '#fff4f6fb', background: '#00000000', shadow: 'none' },
    timeout_msg: { foreground: '#ffaab4c8', background: '#00000000', shadow: 'none' },
    timeout: { foreground: '#ffff7aa5', background: '#00000000', shadow: 'none' },
    help: { foreground: '#ffaab4c8', background: '#00000000', shadow: 'none' },
  },
  tabMessage: 'Enter: boot    Tab: edit the command line',
  autobootMessage: 'The selected entry starts in # second{,s}',
};
