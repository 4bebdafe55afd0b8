import { type Geometry } from '../screen/geometry.js';
import { type LoadedMenu } from '../syntax/language/loaded.js';
import { type Canvas } from './canvas.js';
import { drawPasswordBox } from './drawing.js';
import { type MenuKey } from './keys.js';

/** Number of columns of the box that borders and spaces use. */
const FRAME_COLUMNS = 5;

/** Box in which a password is entered (ask_passwd() of com32/menu/menumain.c). */
export class PasswordBox {
  readonly #canvas: Canvas;
  readonly #room: number;
  #typed = '';

  constructor(canvas: Canvas, menu: LoadedMenu, geometry: Geometry) {
    this.#canvas = canvas;
    this.#room = geometry.width - 2 * geometry.passwordMargin - FRAME_COLUMNS;
    drawPasswordBox(canvas, menu, geometry);
  }

  get typed(): string {
    return this.#typed;
  }

  /** Handles a key: characters are appended; backspace and delete remove the last one. */
  press(key: MenuKey): void {
    if (key === 'backspace' || key === 'delete') {
      if (this.#typed === '') {
        return;
      }
      this.#typed = this.#typed.slice(0, -1);
      this.#canvas.write('\b \b');
    } else if (key.length === 1 && this.#typed.length < this.#room) {
      this.#typed += key;
      this.#canvas.write('*');
    }
  }
}
