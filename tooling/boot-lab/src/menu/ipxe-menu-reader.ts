import { LabError } from '@pxe/lab-host';

import { type BootMenu, type MenuEntry } from './menu-entry.js';

/** Part of a script between two labels. */
interface Section {
  title: string;
  readonly items: { readonly id: string; readonly text: string }[];
  /** True if the section begins with a `menu` command; otherwise it boots something. */
  isMenu: boolean;
}

/**
 * Reads the part of an iPXE script that determines which keys to press: labels, and the `menu` and
 * `item` commands after them (ipxe.org/cmd/menu, ipxe.org/cmd/item). An item whose label begins
 * another menu is a submenu; the script begins with its first menu.
 *
 * @throws {@link LabError} `ERR_LAB_MALFORMED` when it has no menu
 */
export function readIpxeMenu(text: string): BootMenu {
  const sections = readSections(text);
  const first = [...sections].find(([, { isMenu }]) => isMenu);
  if (first === undefined) {
    throw new LabError('ERR_LAB_MALFORMED', 'the script has no menu');
  }
  const [label, { title }] = first;
  return { title, entries: entriesOf(sections, label, new Set()) };
}

function readSections(text: string): Map<string, Section> {
  const sections = new Map<string, Section>();
  let section: Section = { title: '', items: [], isMenu: false };
  for (const line of text.split('\n')) {
    const label = /^:(\S+)/.exec(line)?.[1];
    if (label !== undefined) {
      section = { title: '', items: [], isMenu: false };
      sections.set(label, section);
      continue;
    }
    const menu = /^menu (?:-- )?(.*)$/.exec(line);
    if (menu !== null) {
      section.isMenu = true;
      section.title = menu[1] ?? '';
    }
    const item = /^item (?:--key \S+ )?(?!--gap)(\S+) (.*)$/.exec(line);
    if (item !== null) {
      section.items.push({ id: item[1] ?? '', text: item[2] ?? '' });
    }
  }
  return sections;
}

/** @param above - enclosing menus: an item that leads back to one of them is not a submenu */
function entriesOf(
  sections: ReadonlyMap<string, Section>,
  label: string,
  above: ReadonlySet<string>,
): MenuEntry[] {
  const way = new Set([...above, label]);
  return (sections.get(label)?.items ?? []).map(({ id, text }) => {
    const isSubmenu = sections.get(id)?.isMenu === true && !way.has(id);
    return isSubmenu ? { id, text, submenu: entriesOf(sections, id, way) } : { id, text };
  });
}
