import { type Screen } from '../screen/vga-screen.js';
import { type SerialConsole } from './serial-console.js';

/** Display that shows the machine's menu as text the lab can read. */
export interface Display {
  /**
   * Visible text, row by row; on a serial port, the text written since
   * {@link Display.turnPage}.
   */
  readText(): Promise<string[]>;
  /** Called before new content replaces the current content. */
  turnPage(): void;
}

/** Returns the display of a VGA screen, which is read from its current content. */
export function screenDisplay(screen: Screen): Display {
  return {
    readText: () => screen.readText(),
    turnPage: () => undefined,
  };
}

/**
 * Returns the display of a serial port to which UEFI firmware copies its screen. Rows are not
 * separated, because the cursor is moved without line ends.
 */
export function serialDisplay(serial: SerialConsole): Display {
  let pageStart = 0;
  return {
    readText: async () => (await serial.readText()).slice(pageStart).split('\n'),
    turnPage() {
      pageStart = serial.text.length;
    },
  };
}
