import { type Screen } from '../screen/vga-screen.js';
import { type SerialConsole } from './serial-console.js';

/** Display on which the machine shows its menu as text that the lab can read. */
export interface Display {
  /** Text shown, row by row; on a serial port, the text written since the page was turned. */
  readText(): Promise<string[]>;
  /** Something new is about to be shown, in the place of what is there. */
  turnPage(): void;
}

/** A VGA screen: what it shows is what is there now. */
export function screenDisplay(screen: Screen): Display {
  return {
    readText: () => screen.readText(),
    turnPage: () => undefined,
  };
}

/**
 * The serial port, to which UEFI firmware writes all that it shows on the screen. Rows are not kept
 * apart, as the cursor is moved without line ends.
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
