import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { renderGrub, renderGrubTheme, safeRenderGrub } from '../src/dialects/grub/index.js';
import { safeRenderIpxe } from '../src/dialects/ipxe/index.js';
import {
  cleanMenu,
  formatDiagnostic,
  type LinuxEntry,
  type Menu,
  parseSyslinux,
  safeRenderSyslinux,
  validateMenu,
  walkItems,
} from '../src/index.js';
import { splitArguments, unquotedArgument } from '../src/model/arguments.js';
import { layoutMenu, MenuNavigator, paintAnsi, paintSvg } from '../src/preview/index.js';
import { anyMenu } from './support/arbitraries.js';
import { grubCommands, ipxeLines } from './support/script-words.js';

// No file or model, however hostile, causes a throw, a hang or an injected line.

const NUMBERS = ['999999999', '-999999999', '4294967295', '99999999999999999999', '0x7fffffff'];

const COUNTS =
  'menu indent|menu rows|menu width|menu margin|menu vshift|menu hshift|menu helpmsgrow|menu helpmsgendrow|' +
  'menu passwordmargin|menu passwordrow|menu cmdlinerow|menu tabmsgrow|menu timeoutrow|menu endrow|' +
  'menu hiddenrow|menu resolution|timeout|totaltimeout|sysappend|serial|localboot|allowoptions';

describe('a hostile file', () => {
  it('hostile-file: huge counts neither fill the memory nor hang the preview', () => {
    for (const directive of COUNTS.split('|')) {
      for (const number of NUMBERS) {
        const text = `${directive} ${number}\nlabel a\n${directive} ${number}\nlinux v\nlabel b\nlinux v\n`;
        const { menu, loaded } = parseSyslinux(text);
        validateMenu(menu);
        const walk = new MenuNavigator(loaded);
        for (const key of ['down', 'pagedown', 'pageup', 'up', 'tab', 'x', 'escape', 'enter']) {
          walk.press(key);
        }
        expect(paintSvg(layoutMenu(loaded))).toMatch(/<\/svg>\n$/);
      }
    }
  });

  it('hostile-file: names of JavaScript properties are ordinary names', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const text =
        `default ${name}\nui menu.c32\nmenu begin ${name}\nmenu label ${name}\nlabel ${name}\n` +
        `kernel x.${name}\nappend ${name}=${name}\nlabel ${name}\nmenu goto ${name}\nmenu end\n` +
        `menu color ${name} 1 #fff\nmenu ${name} 1\n${name} 1\nontimeout ${name}\n`;
      const { menu } = parseSyslinux(text);
      expect(menu.items).toMatchObject([
        { type: 'submenu', label: name, items: [{ type: 'linux', kernel: `x.${name}` }] },
      ]);
      expect(menu.items[0]).toHaveProperty('items[0].args', `${name}=${name}`);
    }
  });

  it('hostile-file: nothing in it reaches a terminal or a page as a command', () => {
    const evil = '\u001b]0;x\u0007\u009b2J<script>"&\u202e';
    const text =
      `${evil}\nmenu title ${evil}\ninclude ${evil}\nmenu color ${evil} 1\nkernel ${evil}\nmenu color sel ${evil}\n` +
      `menu background ${evil}\nmenu begin ${evil}\nlabel ${evil}\nmenu label ${evil}\nlinux ${evil}\n` +
      `menu goto ${evil}\nlabel ${evil}\nlocalboot ${evil}\ntext help\n${evil}\nendtext\n`;
    const { diagnostics, loaded } = parseSyslinux(text, { fileName: evil, hasFile: () => false });
    expect(diagnostics.length).toBeGreaterThan(5);
    for (const diagnostic of diagnostics) {
      expect(formatDiagnostic(diagnostic)).not.toMatch(/\p{Cc}/u);
    }
    for (const [menu] of loaded.menus.entries()) {
      const grid = layoutMenu(loaded, { menu });
      // eslint-disable-next-line no-control-regex -- the sequences that painters may write
      expect(paintAnsi(grid).replaceAll(/\u001b\[[0-9;]*m|\n/g, '')).not.toMatch(/\p{Cc}/u);
      expect(paintSvg(grid)).not.toContain('<script');
    }
  });
});

describe('a long list', () => {
  it('fits into a line of GRUB', () => {
    const entry: LinuxEntry = {
      type: 'linux',
      id: 'a',
      label: 'a',
      kernel: '/v',
      args: 'w '.repeat(300_000),
    };
    expect(safeRenderGrub({ title: '', items: [entry] }).ok).toBe(true);
  });

  it('may consist of hidden entries', () => {
    const hidden = Array.from({ length: 150_000 }, (_, n) => `label ${n}\nlinux v\nmenu hide\n`);
    const { menu } = parseSyslinux(`prompt 1\n${hidden.join('')}`);
    expect(menu.items.length).toBeGreaterThan(0);
  });
});

const linux: LinuxEntry = {
  type: 'linux',
  id: 'linux',
  label: 'Linux',
  kernel: '/linux',
  initrd: ['/initrd'],
  args: 'quiet',
};

const IPXE_COMMANDS = new Set(
  'set menu item choose iseq isset goto imgfree kernel initrd boot sanboot exit chain echo sleep shell console'.split(
    ' ',
  ),
);

function isTerminator(word: string | undefined): boolean {
  return word === '||' || word === '&&' || word === ';';
}

/** Attempts at injection, for any text of a model. */
const ATTACKS = [
  'x\nLABEL evil\nKERNEL evil',
  'x\rLABEL evil',
  'x\0y',
  '\u001b[2J',
  "'; evil; '",
  "' { evil }\nmenuentry '",
  '"$(evil)"',
  '`evil`',
  '$evil',
  '${evil}',
  '${${evil}}',
  '|| evil',
  'x && evil',
  'x ; evil',
  '# evil',
  'x\\',
  '-evil',
  '--',
  '} evil {',
  '<evil>',
  '^evil',
  '\u0085evil',
  '\u2028evil',
  '__proto__',
];

/** Returns menus that have the text in one place each, for every possible place. */
function menusWith(text: string): readonly Menu[] {
  const menu: Menu = { title: 'Menu', items: [linux] };
  const fields = ['id', 'label', 'kernel', 'args', 'help', 'hotkey', 'passwordHash'] as const;
  return [
    { ...menu, title: text },
    { ...menu, defaultId: text },
    { ...menu, masterPasswordHash: text },
    { ...menu, theme: { background: text, tabMessage: text, autobootMessage: text } },
    { ...menu, theme: { colors: { sel: { ansi: text } } } },
    { ...menu, theme: { colors: { sel: { shadow: text as 'std' } } } },
    { ...menu, items: [{ ...linux, initrd: [text] }] },
    { ...menu, items: [{ type: 'separator', label: text }, linux] },
    { ...menu, items: [{ type: 'submenu', id: text, label: text, items: [linux] }] },
    { ...menu, items: [{ type: 'submenu', id: 's', label: 's', title: text, items: [linux] }] },
    { ...menu, items: [{ type: 'chain', id: 'c', label: 'c', program: text }] },
    {
      ...menu,
      items: [{ type: 'local', id: 'l', label: 'l', method: text as 'normal' }, linux],
    },
    {
      ...menu,
      items: [
        linux,
        {
          type: 'syslinux',
          id: 'c',
          label: 'c',
          directive: text as 'com32',
          file: text,
          args: text,
        },
      ],
    },
    ...fields.map((field) => ({ ...menu, items: [{ ...linux, [field]: text }] })),
  ];
}

/** Lines of GRUB's script for a theme, a font and the local disk, which every model shares. */
const OWN_GRUB_LINES = new Set(
  renderGrub(
    { title: 'é', items: [{ type: 'local', id: 'l', label: 'l' }] },
    { theme: 'theme.txt' },
  )
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '}' && !line.includes('theme.txt')),
);

/** A line of a theme file: a quote ends a word, and there is no escape for one. */
const THEME_LINE =
  /^(?:\}|\+ [a-z_]+ \{| {2}[a-z_]+ = (\d+|false|\d+%([+-]\d+)?|"[^"]*")|[a-z-]+: "[^"]*")?$/;

function withoutOwnLines(script: string): string {
  return script
    .split('\n')
    .filter((line) => !OWN_GRUB_LINES.has(line.trim()))
    .join('\n');
}

describe('a hostile model', () => {
  const cases = ATTACKS.flatMap((attack) => menusWith(attack));

  it('hostile-model: syslinux reads nothing but the model, or there is no file', () => {
    let written = 0;
    for (const menu of cases) {
      const result = safeRenderSyslinux(menu);
      if (!result.ok) {
        continue;
      }
      written += 1;
      const items = (of: Menu): unknown => [...walkItems(of)].map(({ item }) => item);
      expect(items(parseSyslinux(result.text).menu), result.text).toEqual(
        items(cleanMenu(menu).menu),
      );
    }
    expect(written).toBeGreaterThan(cases.length / 5);
    expect(written).toBeLessThan(cases.length);
  });

  it('hostile-model: GRUB reads the same commands as for a harmless model, or there is no file', () => {
    const names = new Set(
      'set menuentry submenu echo linux initrd chainloader export password_pbkdf2 }'.split(' '),
    );
    let written = 0;
    for (const menu of cases) {
      const result = safeRenderGrub(menu, { theme: '/theme.txt' });
      if (!result.ok) {
        continue;
      }
      written += 1;
      const script = withoutOwnLines(result.text);
      for (const [name = ''] of grubCommands(script)) {
        expect(names).toContain(name);
      }
    }
    expect(written).toBeGreaterThan(cases.length / 5);
  });

  it('hostile-model: a GRUB theme has nothing outside its words', () => {
    let written = 0;
    for (const menu of cases) {
      written += 1;
      for (const line of renderGrubTheme(menu).split('\n')) {
        expect(line).toMatch(THEME_LINE);
      }
    }
    expect(written).toBeGreaterThan(cases.length / 5);
  });

  it('hostile-model: GRUB gets titles, ids and arguments unchanged', () => {
    fc.assert(
      fc.property(anyMenu, (menu) => {
        const { theme: _theme, ...plain } = menu;
        const result = safeRenderGrub(plain);
        if (!result.ok) {
          return;
        }
        const items = [...walkItems(menu)].map(({ item }) => item);
        const commands = grubCommands(
          withoutOwnLines(result.text).replaceAll('$net_default_mac', 'mac'),
        );
        let current: (typeof items)[number] | undefined;
        for (const command of commands) {
          const [name, text, , id] = command;
          if (name === 'menuentry' || name === 'submenu') {
            current = items.find((item) => item.type !== 'separator' && item.id === id);
            expect(text?.replace(/^ +/, '')).toBe(current?.label);
          } else if (name === 'linux' && current?.type === 'linux') {
            const words = splitArguments(current.args ?? '').map(unquotedArgument);
            const bootif = current.appendBootif === true ? ['BOOTIF=01-mac'] : [];
            const kernel = current.kernel.startsWith('http://h:1/')
              ? current.kernel.replace('http://h:1/', '(http,h:1)/')
              : current.kernel.replace(/^(?!\/)/, '/');
            expect(command).toEqual(['linux', kernel, ...bootif, ...words]);
          }
        }
      }),
      { numRuns: 200, seed: 6 },
    );
  });

  it('hostile-model: iPXE reads labels and targets that the model has, or there is no file', () => {
    let written = 0;
    for (const menu of cases) {
      const result = safeRenderIpxe(menu);
      if (!result.ok) {
        continue;
      }
      written += 1;
      const lines = ipxeLines(result.text);
      const labels = new Set(lines.flatMap(({ label }) => (label === undefined ? [] : [label])));
      const leftOut = result.findings.filter(({ message }) => message.includes('is left out'));
      if (leftOut.length === 0) {
        const ids = [...walkItems(cleanMenu(menu).menu)].flatMap(({ item }) =>
          item.type === 'separator' ? [] : [item.id],
        );
        for (const id of ids) {
          expect(labels, result.text).toContain(id);
        }
      }
      for (const { words } of lines) {
        const starts = words.filter((_word, at) => at === 0 || isTerminator(words[at - 1]));
        for (const start of starts) {
          expect(IPXE_COMMANDS).toContain(start);
        }
        const settings = words.join(' ').match(/\$\{[^}]*\}/g) ?? [];
        for (const setting of settings) {
          expect(['${waited}', '${clock}', '${selected}', '${platform}']).toContain(setting);
        }
      }
    }
    expect(written).toBeGreaterThan(cases.length / 5);
  });

  it('hostile-model: the password of one item opens no other item in GRUB', () => {
    const hash = 'grub.pbkdf2.sha512.10000.AB.CD';
    const ids = ['master', '%master', 'a,b', 'a;b', 'a%2cb', 'a|b', 'a&b', 'a-b', 'a:b'];
    const items = ids.map((id) => ({ ...linux, id, passwordHash: hash }));
    const result = safeRenderGrub({ title: '', items, masterPasswordHash: hash });
    const users = result.ok
      ? grubCommands(result.text).flatMap(([name, user]) =>
          name === 'password_pbkdf2' ? [user] : [],
        )
      : [];
    expect(new Set(users).size).toBe(ids.length + 1);
    for (const user of users) {
      expect(user).not.toMatch(/[ ,;|&]/);
    }
  });
});
