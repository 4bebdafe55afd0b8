import { type Geometry } from '../screen/geometry.js';
import { type LoadedMenu } from '../syntax/language/loaded.js';
import { decodeCp437 } from '../text/encoding.js';
import { type Canvas } from './canvas.js';
import { half } from './drawing.js';

/** Part of the countdown message. The number has its own colour. */
interface Part {
  readonly text: string;
  readonly isNumber: boolean;
}

/**
 * Returns the countdown message for a number of seconds. `#` stands for the number; `{one,two,many}` selects
 * a form by that number, and a missing form repeats the one before.
 */
export function countdownParts(message: string, seconds: number): readonly Part[] {
  const parts: Part[] = [];
  for (const [piece, forms] of message.matchAll(/\{([^}]*)\}?|#|[^#{]+/g)) {
    if (piece === '#') {
      parts.push({ text: String(seconds), isNumber: true });
    } else {
      parts.push({ text: forms === undefined ? piece : form(forms, seconds), isNumber: false });
    }
  }
  return parts;
}

function form(forms: string, seconds: number): string {
  const [one = '', two = one, ...rest] = forms.split(',');
  if (seconds === 1) {
    return one;
  }
  // There are at most three forms: a third comma belongs to the last one.
  return seconds === 2 || rest.length === 0 ? two : rest.join(',');
}

/** Writes the countdown and remembers its length, to blank the rest of a longer one written before. */
export class Countdown {
  #lastLength = 0;

  /** @param place - row of the message, and its content: an empty `message` removes the countdown */
  draw(
    canvas: Canvas,
    menu: LoadedMenu,
    geometry: Geometry,
    place: { readonly row: number; readonly message: string; readonly seconds: number },
  ): void {
    const parts = countdownParts(place.message, place.seconds);
    const length = parts.reduce((sum, { text }) => sum + decodeCp437(text).length, 0);
    const padding = length >= this.#lastLength ? 0 : half(this.#lastLength - length + 1);
    const column = geometry.hshift + 1 + half(geometry.width - length) - padding;
    canvas.moveTo(place.row, column).color('timeout_msg').write(' '.repeat(padding));
    for (const { text, isNumber } of parts) {
      canvas.color(isNumber ? 'timeout' : 'timeout_msg').write(decodeCp437(text));
    }
    canvas.color('timeout_msg').write(' '.repeat(padding));
    this.#lastLength = length;
  }
}
