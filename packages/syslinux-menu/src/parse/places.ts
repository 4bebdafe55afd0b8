import { type SourceSpan } from '../diagnostics/diagnostic.js';
import { MESSAGE_DIRECTIVES } from '../syntax/language/messages.js';
import { type Directive } from '../syntax/read/config-reader.js';

/** Directives that set a part of an item, by the part's name in the model. */
const OF_ITEMS: Readonly<Record<string, readonly string[]>> = {
  label: ['MENU LABEL'],
  hotkey: ['MENU LABEL'],
  passwordHash: ['MENU PASSWD'],
  indent: ['MENU INDENT'],
  kernel: ['KERNEL', 'LINUX', 'COM32'],
  program: ['KERNEL', 'PXE', 'COM32', 'APPEND'],
  file: ['KERNEL', 'COM32', 'BOOT', 'BSS', 'FDIMAGE', 'CONFIG'],
  initrd: ['INITRD', 'APPEND'],
  args: ['APPEND'],
  options: ['APPEND'],
};

/** Directives that set a part of the menu itself, by the part's path in the model. */
const OF_MENU: Readonly<Record<string, string>> = {
  title: 'MENU TITLE',
  resolution: 'MENU RESOLUTION',
  masterPasswordHash: 'MENU MASTER',
  'serial.port': 'SERIAL',
  'serial.baud': 'SERIAL',
  'theme.background': 'MENU BACKGROUND',
  ...Object.fromEntries(
    MESSAGE_DIRECTIVES.map(([name, word]) => [`theme.${name}`, `MENU ${word.toUpperCase()}`]),
  ),
};

/** Finds the lines of a file that set parts of its model. */
export class Places {
  /** Last line of each directive. */
  readonly #lines = new Map<string, SourceSpan>();
  /** Lines of each label, by the location of LABEL. */
  readonly #labels = new Map<string, Map<string, SourceSpan>>();

  constructor(directives: readonly Directive[]) {
    let label = new Map<string, SourceSpan>();
    for (const { keyword, span } of directives) {
      if (keyword === 'LABEL') {
        label = new Map();
        this.#labels.set(placeOf(span), label);
      }
      label.set(keyword, span);
      this.#lines.set(keyword, span);
    }
  }

  /**
   * Returns the location of a part of the menu itself, such as `theme.layout.margin`; undefined if
   * no line sets it.
   */
  inMenu(path: string): SourceSpan | undefined {
    const layout = /^theme\.layout\.(\w+)/.exec(path)?.[1];
    const keyword = layout === undefined ? OF_MENU[path] : `MENU ${layout.toUpperCase()}`;
    return this.#lines.get(String(keyword));
  }

  /**
   * Returns the location of a part of an item: the line of its label that sets it, otherwise LABEL
   * itself.
   */
  inItem(part: string, label: SourceSpan): SourceSpan {
    const lines = this.#labels.get(placeOf(label));
    const name = part.slice(0, part.search(/\W|$/));
    const said = (OF_ITEMS[name] ?? []).flatMap((keyword) => lines?.get(keyword) ?? []);
    return said[0] ?? label;
  }
}

function placeOf({ file, line }: SourceSpan): string {
  return `${line} ${file}`;
}
