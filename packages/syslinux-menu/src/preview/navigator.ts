import { foldKey } from '../model/hotkey.js';
import { type Geometry, geometryOf } from '../screen/geometry.js';
import { type MenuScreen, TEXT_SCREEN } from '../screen/menu-screen.js';
import {
  type LoadedConfig,
  type LoadedEntry,
  type LoadedMenu,
  menuAt,
} from '../syntax/language/loaded.js';
import { Canvas } from './canvas.js';
import { MenuClock } from './clock.js';
import { Countdown } from './countdown.js';
import { drawHelp, drawMenu, drawRow } from './drawing.js';
import { type MenuKey } from './keys.js';
import { LineEditor } from './line-editor.js';
import { type Mode } from './mode.js';
import { moved, type Position, settled } from './movement.js';
import { type MenuOutcome } from './outcome.js';
import { PasswordBox } from './password-box.js';
import { type ScreenGrid } from './screen-grid.js';

/** Options of a {@link MenuNavigator}. */
export interface MenuNavigatorOptions {
  /** Screen that the menu is drawn on. @default TEXT_SCREEN */
  readonly screen?: MenuScreen;
  /**
   * Returns true if a typed password matches that of MENU PASSWD or MENU MASTER PASSWD.
   *
   * @default compares the texts, so a password does not match its hash
   */
  readonly checkPassword?: (expected: string, typed: string) => boolean;
}

/**
 * The menu program without a machine: feed it keys and time, and look at the screen. It draws what
 * menu.c32 and vesamenu.c32 of syslinux 6.04 draw, in the same order (run_menu() of
 * com32/menu/menumain.c), so that leftovers on the screen are the same.
 */
export class MenuNavigator {
  readonly #config: LoadedConfig;
  readonly #screen: MenuScreen;
  readonly #checkPassword: (expected: string, typed: string) => boolean;
  readonly #canvas: Canvas;
  readonly #countdown = new Countdown();
  /** Last position in each menu, by the menu's index. A menu not shown yet starts at its default. */
  readonly #places = new Map<number, Position>();

  #mode: Mode;
  #menuIndex: number;
  #menu: LoadedMenu;
  #geometry: Geometry;
  #entry = 0;
  #top = 0;
  /** Position that was last drawn; undefined if everything must be redrawn. */
  #drawn: Position | undefined;
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
    this.#geometry = geometryOf(this.#menu.layout, this.#screen);
    this.#clock = new MenuClock(this.#menu.timeoutMs, config.totalTimeoutMs);
    this.#mode = { type: config.hidden ? 'hidden' : 'menu' };
    this.#recall();
    // The program prints "Initial menu has no LABEL entries!" and exits.
    if (this.#menu.entries.length === 0) {
      this.#boot(undefined, false);
    } else {
      this.#show();
    }
  }

  /** Current contents of the screen. */
  get grid(): ScreenGrid {
    return this.#canvas.grid(this.#menu.colors, this.#menu.background);
  }

  /** Outcome of the session; undefined until the session ends. */
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

  /** Presses a key. Has no effect once the session has ended. */
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

  /** Advances time by a number of milliseconds. */
  tick(milliseconds: number): void {
    let left = milliseconds;
    while (left > 0 && this.#mode.type !== 'ended') {
      const isCounting = this.#mode.type === 'menu' || this.#mode.type === 'hidden';
      const { used, event } = this.#clock.pass(left, isCounting);
      left -= used;
      if (event === 'over') {
        this.#timeOver();
      } else if (event === 'second') {
        this.#showCountdown();
      }
    }
  }

  #timeOver(): void {
    const { onTimeout, defaultEntry } = this.#menu;
    const entry = this.#menu.entries[defaultEntry];
    if (this.#mode.type === 'hidden') {
      this.#drawCountdown(this.#geometry.hiddenRow, '', 0);
    } else {
      this.#entry = defaultEntry;
      this.#settle();
      const selected = onTimeout === undefined ? defaultEntry : -1;
      drawMenu(this.#canvas, this.#menu, this.#geometry, {
        selected,
        top: this.#top,
        isEditable: true,
      });
    }
    this.#boot(onTimeout ?? entry?.commandLine, true);
  }

  /** Ends the session by booting the command line; without one, the program exits to the prompt. */
  #boot(commandLine: string | undefined, isTimeout: boolean): void {
    this.#outcome =
      commandLine === undefined ? { type: 'prompt' } : { type: 'boot', commandLine, isTimeout };
    this.#mode = { type: 'ended' };
  }

  #recall(): void {
    const start = { entry: this.#menu.defaultEntry, top: 0 };
    this.#moveTo(this.#places.get(this.#menuIndex) ?? start);
  }

  #enterMenu(index: number): void {
    this.#menuIndex = index;
    this.#menu = menuAt(this.#config, index);
    this.#geometry = geometryOf(this.#menu.layout, this.#screen);
    this.#recall();
    this.#needsClear = true;
  }

  /** Draws changes, as at the top of the program's loop. */
  #show(): void {
    if (this.#mode.type === 'hidden') {
      this.#showCountdown();
      return;
    }
    if (this.#mode.type !== 'menu') {
      return;
    }
    this.#settle();
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
    if (this.#entry !== this.#menu.defaultEntry) {
      this.#clock.stop();
    }
    if (this.#clock.isRunning) {
      this.#showCountdown();
    }
  }

  #moveTo({ entry, top }: Position): void {
    this.#entry = entry;
    this.#top = top;
  }

  #settle(): void {
    const from = { entry: this.#entry, top: this.#top };
    this.#moveTo(settled(this.#menu, this.#geometry.rows, from));
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

  /** Restarts the countdown and removes its message, as any key does. */
  #stopClock(): void {
    this.#clock.restart();
    if (this.#clock.isRunning) {
      this.#eraseRow(this.#geometry.timeoutRow);
    }
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
      this.#moveTo(move);
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
        if (key.length === 1) {
          this.#hotkey(key);
        }
    }
  }

  #hotkey(key: string): void {
    const entry = this.#menu.hotkeys.get(foldKey(key));
    if (entry === undefined) {
      return;
    }
    this.#clock.stop();
    this.#entry = entry;
    if (this.#menu.entries[entry]?.immediate !== true) {
      return;
    }
    this.#show();
    this.#enter();
  }

  #enter(): void {
    const entry = this.selected;
    if (entry === undefined) {
      return;
    }
    if (entry.password === undefined || entry.action === 'disabled') {
      this.#act(entry);
    } else {
      this.#askPassword(entry.password, (isRight) => {
        this.#needsClear = true;
        if (isRight) {
          this.#act(entry);
        }
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
        // The preview does not show the help screen, only the menu drawn again after it.
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
      if (masterPassword === undefined) {
        this.#leave();
      } else {
        this.#askPassword(undefined, (isRight) => {
          if (isRight) {
            this.#leave();
          }
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
    if (!allowEditing || entry?.commandLine === undefined) {
      return;
    }
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
      if (isRight) {
        this.#startEditing(commandLine);
      } else {
        this.#drawEntryRow(this.#entry, this.#entry);
      }
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
    const box = new PasswordBox(this.#canvas, this.#menu, this.#geometry);
    this.#mode = { type: 'password', box, expected, then };
  }

  #passwordKey(mode: Extract<Mode, { type: 'password' }>, key: MenuKey): void {
    if (key === 'enter' || key === 'escape') {
      this.#mode = { type: 'menu' };
      mode.then(key === 'enter' && this.#isRight(mode.box.typed, mode.expected));
      this.#show();
    } else {
      mode.box.press(key);
    }
  }

  #isRight(typed: string, expected: string | undefined): boolean {
    const { masterPassword } = this.#menu;
    if (typed === '') {
      return false;
    }
    return [masterPassword, expected].some(
      (password) => password !== undefined && this.#checkPassword(password, typed),
    );
  }
}
