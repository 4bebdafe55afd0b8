import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { type MenuItem, type ParsedSyslinux, parseSyslinux, walkItems } from '../src/index.js';

const FIXTURES = join(import.meta.dirname, 'fixtures/debian');

/** Debian's packages by folder; the architecture is in the name. */
const folders = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

function screens(folder: string): string {
  return `debian-installer/${folder.includes('i386') ? 'i386' : 'amd64'}/boot-screens`;
}

function parse(folder: string): ParsedSyslinux {
  const read = (name: string): string => readFileSync(join(FIXTURES, folder, name), 'utf8');
  const main = `${screens(folder)}/syslinux.cfg`;
  return parseSyslinux(read(main), {
    fileName: main,
    resolveInclude: (name) => (existsSync(join(FIXTURES, folder, name)) ? read(name) : undefined),
  });
}

/** Returns one line per item: its label, its hotkey and what it boots. */
function outline(items: readonly MenuItem[], indent = ''): readonly string[] {
  return items.flatMap((item) => {
    if (item.type === 'separator') {
      return [`${indent}---`];
    }
    const name = `${indent}${item.label} [${item.hotkey ?? ''}]`;
    if (item.type === 'submenu') {
      return [`${name} ${item.title ?? ''}`, ...outline(item.items, `${indent}  `)];
    }
    if (item.type === 'linux') {
      return [`${name} ${item.args}`];
    }
    return [`${name} <${item.type}>`];
  });
}

describe("Debian's own menus", () => {
  it('are complete', () => {
    expect(folders).toEqual([
      '12-amd64-gtk',
      '12-amd64-text',
      '12-i386-gtk',
      '12-i386-text',
      '13-amd64-gtk',
      '13-amd64-text',
    ]);
  });

  for (const folder of folders) {
    describe(folder, () => {
      const { menu, diagnostics, loaded } = parse(folder);

      it('parses without errors or warnings', () => {
        expect(diagnostics.filter(({ severity }) => severity !== 'note')).toEqual([]);
      });

      it('has the entries, keys and arguments of the files', () => {
        const text = [
          'Install [I] vga=788 --- quiet',
          'Advanced options [A] Advanced options',
          '  Back.. [B] <back>',
          '  Expert install [x] priority=low vga=788 ---',
          '  Rescue mode [R] vga=788 rescue/enable=true --- quiet',
          '  Automated install [A] auto=true priority=critical vga=788 --- quiet',
        ];
        const speechMenu = [
          '  Speech-enabled advanced options [S] Speech-enabled advanced options',
          '    Back.. [B] <back>',
          '    Expert speech install [x] priority=low vga=788 speakup.synth=soft ---',
          '    Rescue speech mode [R] vga=788 rescue/enable=true speakup.synth=soft --- quiet',
          '    Automated speech install [A] auto=true priority=critical vga=788 speakup.synth=soft --- quiet',
        ];
        const dark = [
          'Accessible dark contrast installer menu [d] Accessible dark contrast option',
          '  Back.. [B] <back>',
          '  Install [I] vga=788 theme=dark --- quiet',
          '  Advanced options [A] Advanced options',
          '    Back.. [B] <back>',
          '    Expert install [x] priority=low vga=788 theme=dark ---',
          '    Rescue mode [R] vga=788 rescue/enable=true theme=dark --- quiet',
          '    Automated install [A] auto=true priority=critical vga=788 theme=dark --- quiet',
          '  Help [H] <syslinux>',
          'Help [H] <syslinux>',
        ];
        const speech = 'Install with speech synthesis [s] vga=788 speakup.synth=soft --- quiet';
        const isGraphical = folder.endsWith('gtk');
        expect(outline(menu.items)).toEqual([
          ...text,
          ...(isGraphical ? speechMenu : []),
          ...dark,
          ...(isGraphical ? [speech] : []),
        ]);
        expect(menu.title).toBe('Debian GNU/Linux installer menu (BIOS mode)');
      });

      it('boots the kernel and ramdisk of its architecture', () => {
        const directory = screens(folder).replace('/boot-screens', '');
        const files = new Set<string>();
        for (const { item } of walkItems(menu)) {
          if (item.type === 'linux') {
            for (const file of [item.kernel, ...(item.initrd ?? [])]) {
              files.add(file);
            }
          }
        }
        expect([...files]).toEqual([`${directory}/linux`, `${directory}/initrd.gz`]);
      });

      it('has every label and APPEND line that a plain search of the files finds', () => {
        const found = new Set<string>();
        for (const { boot } of loaded.menus.flatMap((loadedMenu) => loadedMenu.entries)) {
          if (boot.append !== '') {
            found.add(boot.append);
          }
        }
        const directory = join(FIXTURES, folder, screens(folder));
        const written = new Set<string>();
        for (const name of readdirSync(directory)) {
          const text = readFileSync(join(directory, name), 'utf8');
          for (const [, append = ''] of text.matchAll(/^[ \t]*append (.*)$/gm)) {
            written.add(append);
          }
        }
        expect([...found].sort()).toEqual([...written].sort());
      });

      it('selects what Debian selects when the timeout expires', () => {
        const isGraphical = folder.endsWith('gtk');
        expect(menu.timeoutSeconds).toBe(isGraphical ? 30 : undefined);
        expect(menu.defaultId).toBe(isGraphical ? 'installspk' : undefined);
      });
    });
  }
});
