import { type Diagnostic } from '../diagnostic.js';
import { type Menu } from '../model/menu.js';
import { colorSettings } from './colors.js';
import { quoteWord } from './quote.js';

/** The lines for countdown and serial console. */
export function writeSettings(menu: Menu, diagnostics: Diagnostic[]): readonly string[] {
  const lines: string[] = [];
  const seconds = menu.timeoutSeconds ?? 0;
  if (!Number.isInteger(seconds)) {
    diagnostics.push({
      severity: 'note',
      code: 'rounded-timeout',
      message: `GRUB counts whole seconds: ${seconds} become ${Math.ceil(seconds)}`,
      path: 'timeoutSeconds',
    });
  }
  lines.push(`set timeout=${seconds === 0 ? -1 : Math.ceil(seconds)}`);
  if (menu.hidden === true) lines.push('set timeout_style=hidden');
  if (menu.serial !== undefined) {
    const { port, baud = 9600 } = menu.serial;
    const line = port < 4 ? `--unit=${port}` : `--port=0x${port.toString(16)}`;
    lines.push(`serial ${line} --speed=${baud}`, 'terminal_input console serial');
    lines.push('terminal_output console serial');
  }
  if (menu.title !== '') {
    diagnostics.push({
      severity: 'note',
      code: 'not-shown',
      message: 'GRUB shows no titles',
      path: 'title',
    });
  }
  return lines;
}

/** The lines for graphics, if the menu has a picture, and for colours. */
export function writeScreen(menu: Menu, picture: string | undefined): readonly string[] {
  const colors = menu.theme === undefined ? [] : colorSettings(menu.theme);
  if (picture === undefined) return colors;
  const { width, height } = menu.resolution ?? { width: 640, height: 480 };
  const serial = menu.serial === undefined ? '' : ' serial';
  const format = /\.jpe?g$/i.test(picture) ? 'jpeg' : 'png';
  // Debian's signed GRUB carries a font, the only one that it takes under Secure Boot; others find
  // one beside grub.cfg. Without any the text screen stays.
  return [
    'if loadfont (memdisk)/fonts/unicode.pf2; then',
    '  set has_font=y',
    'elif loadfont $prefix/font.pf2; then',
    '  set has_font=y',
    'fi',
    'if [ "$has_font" = y ]; then',
    `  set gfxmode=${width}x${height},auto`,
    '  set gfxpayload=keep',
    '  insmod all_video',
    '  insmod gfxterm',
    `  insmod ${format}`,
    `  terminal_output gfxterm${serial}`,
    `  background_image ${quoteWord(picture)}`,
    'fi',
    ...colors,
  ];
}
