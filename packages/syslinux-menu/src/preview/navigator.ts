import {
  type LoadedConfig,
  type LoadedEntry,
  type LoadedMenu,
  menuAt,
} from '../syslinux/loaded.js';
import { foldKey } from '../validate/hotkeys.js';
import { Canvas } from './canvas.js';
import { MenuClock } from './clock.js';
import { LineEditor } from './line-editor.js';
import { Countdown } from './countdown.js';
import { drawHelp, drawMenu, drawPasswordBox, drawRow } from './drawing.js';
import { type Geometry, geometryOf } from './geometry.js';
import { type MenuKey } from './keys.js';
import { moved } from './movement.js';
import { type MenuScreen, type ScreenGrid, TEXT_SCREEN } from './screen.js';

/** How a walk through the menu ended. */
export type MenuOutcome =
  /** A command line is booted; without a person's choice when the time was over. */
  | { readonly type: 'boot'; readonly commandLine: string; readonly isTimeout: boolean }
  /** The menu is left for the `boot:` prompt. */
  | { readonly type: 'prompt' };

/** How to walk a menu. */
export interface MenuNavigatorOptions {
  /** @default TEXT_SCREEN */
  readonly screen?: MenuScreen;
  /**
   * Whether a typed password fits what MENU PASSWD or MENU MASTER PASSWD says.
   *
   * @default equal texts; hashes fit nothing
   */
  readonly checkPassword?: (expected: string, typed: string) => boolean;
}

/** What a menu remembers while another one is shown. */
interface Place {
  readonly entry: number;
  readonly top: number;
}

type Mode =
  | { readonly type: 'hidden' }
  | { readonly type: 'menu' }
  | { readonly type: 'editing'; readonly editor: LineEditor }
  | {
      readonly type: 'password';
      typed: string;
      readonly expected: string | undefined;
      readonly then: (isRight: boolean) => void;
    }
  | { readonly type: 'ended' };

/**
 * The menu program itself, without a machine: give it keys and time, and look at the screen. It
 * draws what menu.c32 and vesamenu.c32 of syslinux 6.04 draw, in the same order
 * (run_menu() of com32/menu/menumain.c), so that what they leave on the screen stays here, too.
 */
export class MenuNavigator {
  readonly #config: LoadedConfig;
  readonly #screen: MenuScreen;
  readonly #checkPassword: (expected: string, typed: string) => boolean;
  readonly #canvas: Canvas;
  readonly #countdown = new Countdown();
  /** Where each menu was left, by index; menus not shown yet begin at their default. */
  readonly #places = new Map<number, Place>();

  #mode: Mode;
  #menuIndex: number;
  #menu: LoadedMenu;
  #geometry: Geometry;
  #entry = 0;
  #top = 0;
  /** What is drawn; undefined when everything must be drawn again. */
  #drawn: Place | undefined;
  #needsClear = true;
  readonly #clock: MenuClock;
  #outcome: MenuOutcome | undefined;

  constructor(config: LoadedConfig, options: MenuNavigatorOptions = {}) {
    this.#config = config;
    this.#screen = options.screen ?? TEXT_SCREEN;
    this.#checkPassword = options.checkPassword ?? ((expected, typed) => expected === typed);
    this.#canvas = new Canvas(this.#screen);
    this.#menuIndex = config.startMenu;
    this.#menu = menuAt(config, config.startMenu);
    this.#geometry = geometryOf(this.#menu, this.#screen);
    this.#clock = new MenuClock(this.#menu.timeoutMs, config.totalTimeoutMs);
    this.#mode = { type: config.hidden ? 'hidden' : 'menu' };
    this.#recall();
    // "Initial menu has no LABEL entries!"
    if (this.#menu.entries.length === 0) this.#boot(undefined, false);
    else this.#show();
  }

  /** What is on the screen. */
  get grid(): ScreenGrid {
    return this.#canvas.grid(this.#menu.colors, this.#menu.background);
  }

  /** How it ended; undefined while the menu is there. */
  get outcome(): MenuOutcome | undefined {
    return this.#outcome;
  }

  /** The menu that is shown, as an index into the configuration's menus. */
  get menuIndex(): number {
    return this.#menuIndex;
  }

  /** The selected entry; undefined in a menu without entries. */
  get selected(): LoadedEntry | undefined {
    return this.#menu.entries[this.#entry];
  }

  /** Presses a key. Ignored when the walk has ended. */
  press(key: MenuKey): void {
    switch (this.#mode.type) {
      case 'hidden':
        this.#drawCountdown(this.#geometry.hiddenRow, '', 0);
        this.#mode = { type: 'menu' };
        this.#clock.stop();
        this.#show();
        break;
      case 'menu':
        this.#stopClock();
        this.#menuKey(key);
        this.#show();
        break;
      case 'editing':
        this.#editingKey(this.#mode.editor, key);
        break;
      case 'password':
        this.#passwordKey(this.#mode, key);
        break;
      case 'ended':
        break;
    }
  }

  /** Lets time pass, in milliseconds. */
  tick(milliseconds: number): void {
    let left = milliseconds;
    while (left > 0 && this.#mode.type !== 'ended') {
      const isCounting = this.#mode.type === 'menu' || this.#mode.type === 'hidden';
      const { used, event } = this.#clock.pass(left, isCounting);
      left -= used;
      if (event === 'over') this.#timeOver();
      else if (event === 'second') this.#showCountdown();
    }
  }

  #timeOver(): void {
    const { onTimeout, defaultEntry } = this.#menu;
    const entry = this.#menu.entries[defaultEntry];
    if (this.#mode.type === 'hidden') {
      this.#drawCountdown(this.#geometry.hiddenRow, '', 0);
    } else {
      this.#entry = defaultEntry;
      this.#scroll();
      const selected = onTimeout === undefined ? defaultEntry : -1;
      drawMenu(this.#canvas, this.#menu, this.#geometry, {
        selected,
        top: this.#top,
        isEditable: true,
      });
    }
    this.#boot(onTimeout ?? entry?.commandLine, true);
  }

  /** Without a command line the program ends, and with it the menu. */
  #boot(commandLine: string | undefined, isTimeout: boolean): void {
    this.#outcome =
      commandLine === undefined ? { type: 'prompt' } : { type: 'boot', commandLine, isTimeout };
    this.#mode = { type: 'ended' };
  }

  #recall(): void {
    const place = this.#places.get(this.#menuIndex);
    this.#entry = place?.entry ?? this.#menu.defaultEntry;
    this.#top = place?.top ?? 0;
  }

  #enterMenu(index: number): void {
    this.#menuIndex = index;
    this.#menu = menuAt(this.#config, index);
    this.#geometry = geometryOf(this.#menu, this.#screen);
    this.#recall();
    this.#needsClear = true;
  }

  /** Draws what has changed, as at the top of the program's loop. */
  #show(): void {
    if (this.#mode.type === 'hidden') {
      this.#showCountdown();
      return;
    }
    if (this.#mode.type !== 'menu') return;
    this.#scroll();
    if (this.#needsClear) {
      this.#canvas.clear();
      this.#needsClear = false;
      this.#drawn = undefined;
    }
    const { entries } = this.#menu;
    const view = { selected: this.#entry, top: this.#top };
    const help = entries[this.#entry]?.help;
    if (this.#drawn?.top !== this.#top) {
      drawMenu(this.#canvas, this.#menu, this.#geometry, { ...view, isEditable: true });
      drawHelp(this.#canvas, help, this.#geometry);
    } else if (this.#drawn.entry !== this.#entry) {
      this.#drawEntryRow(this.#drawn.entry, this.#entry);
      this.#drawEntryRow(this.#entry, this.#entry);
      drawHelp(this.#canvas, help, this.#geometry);
    }
    this.#drawn = { entry: this.#entry, top: this.#top };
    this.#places.set(this.#menuIndex, this.#drawn);
    // Moving away from the default stops the countdown.
    if (this.#entry !== this.#menu.defaultEntry) this.#clock.stop();
    if (this.#clock.isRunning) this.#showCountdown();
  }

  /** Moves the selection to where it can be, and the window so that it is seen. */
  #scroll(): void {
    const { entries } = this.#menu;
    const isDisabled = (index: number): boolean => entries[index]?.action === 'disabled';
    if (this.#entry <= 0) {
      this.#entry = 0;
      while (this.#entry < entries.length && isDisabled(this.#entry)) this.#entry += 1;
    }
    if (this.#entry >= entries.length - 1) {
      this.#entry = Math.max(entries.length - 1, 0);
      while (this.#entry > 0 && isDisabled(this.#entry)) this.#entry -= 1;
    }
    const { rows } = this.#geometry;
    const last = Math.max(0, entries.length - rows);
    if (this.#top < 0 || this.#top < this.#entry - rows + 1) {
      this.#top = Math.max(0, this.#entry - rows + 1);
    } else if (this.#top > this.#entry || this.#top > last) {
      this.#top = Math.min(this.#entry, last);
    }
  }

  #drawEntryRow(entry: number, selected: number): void {
    drawRow(this.#canvas, this.#menu, this.#geometry, {
      row: entry - this.#top + this.#geometry.firstRow,
      selected,
      top: this.#top,
      thumb: 'keep',
    });
  }

  #showCountdown(): void {
    const row = this.#mode.type === 'hidden' ? this.#geometry.hiddenRow : this.#geometry.timeoutRow;
    this.#drawCountdown(row, this.#menu.messages.autobootMessage, this.#clock.seconds);
    this.#clock.shown();
  }

  #drawCountdown(row: number, message: string, seconds: number): void {
    this.#countdown.draw(this.#canvas, this.#menu, this.#geometry, { row, message, seconds });
  }

  /** Any key starts the countdown anew and takes its message away. */
  #stopClock(): void {
    this.#clock.restart();
    if (this.#clock.isRunning) this.#eraseRow(this.#geometry.timeoutRow);
  }

  #eraseRow(row: number): void {
    this.#canvas.moveTo(row, 1).color('screen').eraseLine();
  }

  #menuKey(key: MenuKey): void {
    const move = moved(key, this.#menu, this.#geometry.rows, {
      entry: this.#entry,
      top: this.#top,
    });
    if (move !== undefined) {
      this.#entry = move.entry;
      this.#top = move.top;
      return;
    }
    switch (key) {
      case 'enter':
        this.#clock.stop();
        this.#enter();
        break;
      case 'tab':
        this.#edit();
        break;
      case 'escape':
        this.#escape();
        break;
      default:
        if (key.length === 1) this.#hotkey(key);
    }
  }

  #hotkey(key: string): void {
    const entry = this.#menu.hotkeys.get(foldKey(key));
    if (entry === undefined) return;
    this.#clock.stop();
    this.#entry = entry;
    if (this.#menu.entries[entry]?.immediate !== true) return;
    this.#show();
    this.#enter();
  }

  #enter(): void {
    const entry = this.selected;
    if (entry === undefined) return;
    if (entry.password === undefined || entry.action === 'disabled') this.#act(entry);
    else {
      this.#askPassword(entry.password, (isRight) => {
        this.#needsClear = true;
        if (isRight) this.#act(entry);
      });
    }
  }

  #act(entry: LoadedEntry): void {
    switch (entry.action) {
      case 'command':
        this.#boot(entry.commandLine, false);
        break;
      case 'submenu':
      case 'goto':
      case 'exit':
        this.#enterMenu(entry.target);
        break;
      case 'quit':
        this.#leave();
        break;
      case 'help':
        // A text file's own screen is not shown here; leaving it draws the menu again.
        this.#needsClear = true;
        break;
      case 'disabled':
        break;
    }
  }

  #escape(): void {
    const { parent, allowEditing, masterPassword } = this.#menu;
    if (parent !== undefined) {
      this.#enterMenu(parent);
    } else if (allowEditing) {
      this.#clock.stop();
      this.#needsClear = true;
      this.#drawEntryRow(this.#entry, -1);
      if (masterPassword === undefined) this.#leave();
      else {
        this.#askPassword(undefined, (isRight) => {
          if (isRight) this.#leave();
        });
      }
    }
  }

  #leave(): void {
    this.#drawEntryRow(this.#entry, -1);
    this.#boot(undefined, false);
  }

  #edit(): void {
    const entry = this.selected;
    const { allowEditing, masterPassword } = this.#menu;
    if (!allowEditing || entry?.commandLine === undefined) return;
    const { commandLine } = entry;
    this.#clock.stop();
    this.#drawEntryRow(this.#entry, -1);
    if (masterPassword === undefined) {
      this.#eraseRow(this.#geometry.tabMessageRow);
      drawHelp(this.#canvas, undefined, this.#geometry);
      this.#startEditing(commandLine);
      return;
    }
    this.#askPassword(undefined, (isRight) => {
      this.#canvas.clear();
      const view = { selected: -1, top: this.#top, isEditable: false };
      drawMenu(this.#canvas, this.#menu, this.#geometry, view);
      if (isRight) this.#startEditing(commandLine);
      else this.#drawEntryRow(this.#entry, this.#entry);
    });
  }

  #startEditing(commandLine: string): void {
    const editor = new LineEditor(this.#canvas, this.#geometry.commandLineRow, commandLine);
    this.#mode = { type: 'editing', editor };
  }

  #editingKey(editor: LineEditor, key: MenuKey): void {
    if (key === 'enter') {
      this.#boot(editor.text, false);
    } else if (key === 'escape') {
      this.#mode = { type: 'menu' };
      this.#needsClear = true;
      this.#show();
    } else {
      editor.press(key);
    }
  }

  #askPassword(expected: string | undefined, then: (isRight: boolean) => void): void {
    drawPasswordBox(this.#canvas, this.#menu, this.#geometry);
    this.#mode = { type: 'password', typed: '', expected, then };
  }

  #passwordKey(mode: Extract<Mode, { type: 'password' }>, key: MenuKey): void {
    const { width, passwordMargin } = this.#geometry;
    if (key === 'enter' || key === 'escape') {
      this.#mode = { type: 'menu' };
      mode.then(key === 'enter' && this.#isRight(mode.typed, mode.expected));
      this.#show();
    } else if (key === 'backspace' || key === 'delete') {
      if (mode.typed === '') return;
      mode.typed = mode.typed.slice(0, -1);
      this.#canvas.write('\b \b');
    } else if (key.length === 1 && mode.typed.length < width - 2 * passwordMargin - 5) {
      mode.typed += key;
      this.#canvas.write('*');
    }
  }

  #isRight(typed: string, expected: string | undefined): boolean {
    const { masterPassword } = this.#menu;
    if (typed === '') return false;
    return [masterPassword, expected].some(
      (password) => password !== undefined && this.#checkPassword(password, typed),
    );
  }
}
