import { type Menu, type MenuItem } from '../model/menu.js';
import { unattendedBoot } from '../model/unattended.js';
import { type ParsedSyslinux } from '../parse/parse.js';
import { withoutControls } from '../text/text.js';

/**
 * Describes a menu file as text lines: the first screen, the tree of items, the default and the
 * timeout.
 */
export function describeMenu({ menu, start }: ParsedSyslinux): readonly string[] {
  return [
    `starts with: ${startText(start)}`,
    `without a key: ${unattendedText(menu)}`,
    ...treeOf(menu),
  ].map(withoutControls);
}

function startText({ shows, program, files, fault }: ParsedSyslinux['start']): string {
  const others = files.length === 0 ? '' : ` with ${files.join(' ')}`;
  switch (shows) {
    case 'menu':
      return program === undefined ? "U-Boot's menu" : `a menu (${program}${others})`;
    case 'boot':
      return 'nothing: an entry boots immediately';
    case 'prompt':
      return fault === undefined
        ? 'the boot: prompt'
        : `the boot: prompt, because nothing else can start`;
  }
}

function unattendedText(menu: Menu): string {
  const boot = unattendedBoot(menu);
  if (boot === undefined) {
    return 'waits';
  }
  const when = boot.seconds === 0 ? 'at once' : `after ${boot.seconds} s`;
  return `boots ${boot.entry.id} ${when}`;
}

/**
 * Returns the title of a menu, if it has one, and its items, one per line, indented by depth. `*` marks the
 * entry that boots without a key press or, in a menu that waits, the default.
 */
function treeOf(menu: Menu): readonly string[] {
  const unattended = unattendedBoot(menu)?.entry.id ?? menu.defaultId;
  const lines: string[] = [];
  const add = (items: readonly MenuItem[], indent: string): void => {
    for (const item of items) {
      if (item.type === 'separator') {
        lines.push(`${indent}  ${item.label === undefined ? '--' : `-- ${item.label}`}`);
        continue;
      }
      const mark = item.id === unattended ? '*' : ' ';
      lines.push(`${indent}${mark} ${item.label} [${item.id}] ${actionText(item)}`.trimEnd());
      if (item.type === 'submenu') {
        add(item.items, `${indent}  `);
      }
    }
  };
  add(menu.items, '');
  return menu.title === '' ? lines : [menu.title, ...lines];
}

function actionText(item: Exclude<MenuItem, { type: 'separator' }>): string {
  const off = item.type !== 'submenu' && item.disabled === true ? '(disabled) ' : '';
  switch (item.type) {
    case 'linux':
      return [off + item.kernel, ...(item.initrd ?? []), item.args ?? ''].join(' ').trim();
    case 'local':
      return `${off}local disk`;
    case 'chain':
      return off + item.program;
    case 'syslinux':
      return `${off}${item.file} ${item.args ?? ''}`.trim();
    case 'submenu':
      return '>';
    case 'back':
      return `${off}<`;
    case 'reboot':
    case 'poweroff':
      return off + item.type;
  }
}
