import { MAX_COMMAND_LINE_BYTES } from '../syntax/language/limits.js';
import { type Canvas } from './canvas.js';
import { padText } from './drawing.js';
import { type MenuKey } from './keys.js';

/** Mark before the command line. */
const MARK = '> ';

/** Edits a command line on the screen, as after Tab (edit_cmdline()). */
export class LineEditor {
  readonly #canvas: Canvas;
  readonly #row: number;
  #text: string;
  #cursor: number;
  #shownLength = 0;

  constructor(canvas: Canvas, row: number, text: string) {
    this.#canvas = canvas;
    this.#row = row;
    this.#text = text.slice(0, MAX_COMMAND_LINE_BYTES);
    this.#cursor = this.#text.length;
    this.#draw();
  }

  get text(): string {
    return this.#text;
  }

  /** Handles a key: characters are inserted, other keys move or delete. */
  press(key: MenuKey): void {
    const [before, after] = [this.#text.slice(0, this.#cursor), this.#text.slice(this.#cursor)];
    switch (key) {
      case 'backspace':
        this.#set(before.slice(0, -1) + after, Math.max(this.#cursor - 1, 0));
        break;
      case 'delete':
        this.#set(before + after.slice(1), this.#cursor);
        break;
      case 'left':
        this.#set(this.#text, Math.max(this.#cursor - 1, 0));
        break;
      case 'right':
        this.#set(this.#text, Math.min(this.#cursor + 1, this.#text.length));
        break;
      case 'home':
        this.#set(this.#text, 0);
        break;
      case 'end':
        this.#set(this.#text, this.#text.length);
        break;
      default:
        if (key.length === 1 && this.#text.length < MAX_COMMAND_LINE_BYTES) {
          this.#set(before + key + after, this.#cursor + 1);
        }
    }
  }

  #set(text: string, cursor: number): void {
    this.#text = text;
    this.#cursor = cursor;
    this.#draw();
  }

  #draw(): void {
    const shown = padText(this.#text, Math.max(this.#text.length, this.#shownLength), 'left');
    this.#canvas.moveTo(this.#row, 1).color('cmdmark').write(MARK).color('cmdline').write(shown);
    this.#canvas.moveTo(this.#row, MARK.length + 1).write(shown.slice(0, this.#cursor));
    this.#canvas.showCursor(true);
    this.#shownLength = this.#text.length;
  }
}
