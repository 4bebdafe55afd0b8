import { emitKeypressEvents } from 'node:readline';

import { type ParsedSyslinux } from '../parse/parse.js';
import { paintAnsi } from '../preview/ansi.js';
import { type MenuKey, NAMED_KEYS } from '../preview/keys.js';
import { MenuNavigator } from '../preview/navigator.js';
import { type MenuOutcome } from '../preview/outcome.js';
import { withoutControls } from '../text/text.js';
import { screenFor } from './commands.js';

/** Terminal that delivers keys and displays screens. */
export interface WalkTerminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/** Interval between checks of the clock, in milliseconds. */
const TICK_MS = 100;

const ALTERNATE_SCREEN = '\u001b[?1049h';
const MAIN_SCREEN = '\u001b[?1049l';
const HOME = '\u001b[H';

/**
 * Runs a menu in a terminal as it would run on the machine, until it boots something, exits to the
 * `boot:` prompt, or Ctrl-C is pressed.
 *
 * @returns a description of the outcome
 */
export async function walkMenu(
  parsed: ParsedSyslinux,
  { input, output }: WalkTerminal,
): Promise<string> {
  const navigator = new MenuNavigator(parsed.loaded, { screen: screenFor(parsed) });
  const draw = (): void => {
    output.write(`${HOME}${paintAnsi(navigator.grid)}`);
  };
  output.write(ALTERNATE_SCREEN);
  input.setRawMode(true);
  emitKeypressEvents(input);
  draw();
  let last = Date.now();
  const outcome = await new Promise<MenuOutcome | undefined>((resolve) => {
    const timer = setInterval(() => {
      const now = Date.now();
      navigator.tick(now - last);
      last = now;
      draw();
      if (navigator.outcome !== undefined) {
        end(navigator.outcome);
      }
    }, TICK_MS);
    const onKey = (text: string | undefined, key: { name?: string; ctrl?: boolean }): void => {
      if (key.ctrl === true && key.name === 'c') {
        end(undefined);
        return;
      }
      const pressed = menuKey(text, key.name);
      if (pressed === undefined) {
        return;
      }
      navigator.press(pressed);
      draw();
      if (navigator.outcome !== undefined) {
        end(navigator.outcome);
      }
    };
    const end = (result: MenuOutcome | undefined): void => {
      clearInterval(timer);
      input.off('keypress', onKey);
      resolve(result);
    };
    input.on('keypress', onKey);
    input.resume();
  });
  input.setRawMode(false);
  input.pause();
  output.write(MAIN_SCREEN);
  return outcomeText(outcome);
}

/** Node's names for keys that have another name in the menu program. */
const KEY_NAMES: Readonly<Record<string, MenuKey>> = { return: 'enter', enter: 'enter' };

/**
 * Returns the key of the menu program for a key press in Node; undefined if there is none.
 *
 * @param text - text that the key types
 * @param name - Node's name for the key
 */
export function menuKey(text: string | undefined, name: string | undefined): MenuKey | undefined {
  const named = KEY_NAMES[name ?? ''] ?? NAMED_KEYS.find((key) => key === name);
  return named ?? (text?.length === 1 && text >= ' ' ? text : undefined);
}

function outcomeText(outcome: MenuOutcome | undefined): string {
  if (outcome === undefined) {
    return 'closed with Ctrl-C';
  }
  if (outcome.type === 'prompt') {
    return 'the menu exits to the boot: prompt';
  }
  return withoutControls(`boots: ${outcome.commandLine}`);
}
