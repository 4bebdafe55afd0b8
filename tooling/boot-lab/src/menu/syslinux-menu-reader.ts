import { LabError } from '@pxe/lab-host';

import { type BootMenu, type MenuEntry } from './menu-entry.js';

/** A menu while its lines are being read. */
interface OpenMenu {
  readonly id: string;
  title: string;
  /** `MENU LABEL` of the submenu itself: what its parent shows. */
  ownLabel: string | undefined;
  readonly entries: OpenEntry[];
}

interface OpenEntry {
  readonly id: string;
  text: string;
  selectable: boolean;
  readonly submenu?: OpenMenu;
}

/**
 * Reads the part of a syslinux configuration that determines which keys to press: entries,
 * submenus, separators, hidden and disabled entries (syslinux doc/menu.txt).
 *
 * @throws {@link LabError} `ERR_LAB_MALFORMED` for a file that includes others, and for submenus
 *   that do not close
 */
export function readSyslinuxMenu(text: string): BootMenu {
  const reader = new Reader();
  for (const line of text.split(/\r?\n/)) {
    reader.line(line.trim());
  }
  return reader.finish();
}

class Reader {
  readonly #stack: OpenMenu[] = [{ id: '', title: '', ownLabel: undefined, entries: [] }];
  #entry: OpenEntry | undefined;

  line(line: string): void {
    const [, directive = '', argument = ''] = /^(\S+)(?:\s+(\S.*)?)?$/.exec(line) ?? [];
    switch (directive.toUpperCase()) {
      case 'LABEL':
        this.#entry = { id: argument, text: argument, selectable: true };
        this.#menu.entries.push(this.#entry);
        return;
      case 'MENU':
        this.#menuDirective(argument);
        return;
      case 'INCLUDE':
        throw new LabError('ERR_LAB_MALFORMED', `the menu continues in another file: ${line}`);
      default:
    }
  }

  finish(): BootMenu {
    if (this.#stack.length !== 1) {
      throw new LabError('ERR_LAB_MALFORMED', `submenu ${this.#menu.id} has no MENU END`);
    }
    return { title: this.#menu.title, entries: selectable(this.#menu) };
  }

  get #menu(): OpenMenu {
    const menu = this.#stack.at(-1);
    if (menu === undefined) {
      throw new LabError('ERR_LAB_MALFORMED', 'MENU END without MENU BEGIN');
    }
    return menu;
  }

  #menuDirective(text: string): void {
    const [, directive = '', argument = ''] = /^(\S+)(?:\s+(\S.*)?)?$/.exec(text) ?? [];
    switch (directive.toUpperCase()) {
      case 'BEGIN': {
        const submenu = { id: argument, title: '', ownLabel: undefined, entries: [] };
        this.#menu.entries.push({ id: argument, text: argument, selectable: true, submenu });
        this.#stack.push(submenu);
        this.#entry = undefined;
        return;
      }
      case 'END':
        this.#stack.pop();
        this.#entry = undefined;
        return;
      case 'TITLE':
        this.#menu.title = argument;
        return;
      case 'LABEL':
        if (this.#entry === undefined) {
          this.#menu.ownLabel = argument;
        } else {
          this.#entry.text = argument;
        }
        return;
      case 'DISABLE':
      case 'HIDE':
        if (this.#entry !== undefined) {
          this.#entry.selectable = false;
        }
        return;
      case 'SEPARATOR':
        this.#entry = undefined;
        return;
      case 'INCLUDE':
        throw new LabError('ERR_LAB_MALFORMED', `the menu continues in another file: MENU ${text}`);
      default:
    }
  }
}

function selectable({ entries }: OpenMenu): MenuEntry[] {
  return entries
    .filter((entry) => entry.selectable)
    .map(({ id, text, submenu }) => {
      if (submenu === undefined) {
        return { id, text: shown(text) };
      }
      const label = submenu.ownLabel ?? (submenu.title === '' ? text : submenu.title);
      return { id, text: shown(label), submenu: selectable(submenu) };
    });
}

/** Returns the text without its hotkey mark. */
function shown(text: string): string {
  return text.replace('^', '');
}
