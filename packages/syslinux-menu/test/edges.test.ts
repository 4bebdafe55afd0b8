import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { parseOptionsFor, showMenuFile } from '../src/cli/index.js';
import { renderGrub } from '../src/dialects/grub/index.js';
import { renderIpxe, safeRenderIpxe } from '../src/dialects/ipxe/index.js';
import {
  cleanMenu,
  encodeText,
  hasErrors,
  type Menu,
  parseSyslinux,
  renderSyslinux,
  safeRenderSyslinux,
  setOption,
  unattendedBoot,
} from '../src/index.js';
import { splitArguments } from '../src/model/arguments.js';
import { idsOnTheWay } from '../src/model/unattended.js';
import { loadMenu } from '../src/preview/index.js';
import { wordsIn } from '../src/syntax/language/command.js';
import { byteString } from '../src/text/encoding.js';

const linux = { type: 'linux', id: 'l', label: 'L', kernel: 'v' } as const;
const inner = { ...linux, id: 'i' } as const;
const second = { ...linux, id: 'j' } as const;
const sub = { type: 'submenu', id: 's', label: 'S', items: [inner, second] } as const;

describe('an unusual menu', () => {
  const menu: Menu = {
    title: '',
    startId: 's',
    defaultId: 'j',
    selectedId: 'i',
    timeoutSeconds: 9,
    items: [linux, { ...sub, timeoutSeconds: 4 }],
  };

  it('starts in a submenu, with its own countdown and selection', () => {
    const text = renderSyslinux(menu);
    expect(text).toContain('TIMEOUT 90\nONTIMEOUT j\n');
    expect(text).toContain('  MENU START\n  TIMEOUT 40\n');
    expect(parseSyslinux(text).menu).toStrictEqual(menu);
    expect(unattendedBoot(menu)).toMatchObject({ entry: { id: 'j' }, seconds: 4 });
    const { loaded } = parseSyslinux(text);
    const config = loadMenu(menu);
    expect([config.startMenu, config.menus[2]?.timeoutMs]).toEqual([loaded.startMenu, 4000]);
    expect(renderIpxe(menu)).toMatch(/^#!ipxe\ngoto s\n/);
    expect(renderIpxe(menu)).toContain('set clock 4000\nchoose --default j --timeout');
    expect(renderGrub(menu)).toContain("set default='1>1'\nset timeout=4\n");
  });

  it('keeps the selection of each submenu', () => {
    const chosen: Menu = { title: '', items: [linux, { ...sub, defaultId: 'j' }] };
    expect(parseSyslinux(renderSyslinux(chosen)).menu).toStrictEqual(chosen);
    expect(renderIpxe(chosen)).toContain('choose --default j selected');
    const gone: Menu = {
      title: '',
      items: [
        linux,
        {
          ...sub,
          defaultId: 'h',
          items: [inner, { type: 'syslinux', id: 'h', label: 'H', directive: 'com32', file: 'h' }],
        },
      ],
    };
    expect(renderIpxe(gone)).not.toContain('--default');
  });

  it('may prompt with one choice and boot another', () => {
    const prompt: Menu = {
      title: '',
      interaction: 'prompt',
      defaultId: 'i',
      selectedId: 'l',
      timeoutSeconds: 3,
      items: [linux, inner],
    };
    const text = renderSyslinux(prompt);
    expect(text).toMatch(/^DEFAULT l\nPROMPT 1\n/);
    expect(text).toContain('ONTIMEOUT i\n');
    expect(parseSyslinux(text).menu).toStrictEqual(prompt);
    expect(parseSyslinux(renderSyslinux({ ...prompt, interaction: 'none' })).start.shows).toBe(
      'boot',
    );
  });

  it('waits if its ids refer to nothing', () => {
    expect(unattendedBoot({ ...menu, startId: 'none', defaultId: 'none' })).toBeUndefined();
    expect(unattendedBoot({ ...menu, defaultId: 's' })).toBeUndefined();
    expect(unattendedBoot({ title: '', timeoutSeconds: 3, items: [sub] })).toBeUndefined();
    expect(
      unattendedBoot({ title: '', timeoutSeconds: 3, startId: 's', items: [linux, sub] }),
    ).toMatchObject({
      path: 'items[1].items[0]',
    });
    const lost = safeRenderIpxe({
      title: '',
      interaction: 'none',
      defaultId: 'h',
      items: [linux, { type: 'syslinux', id: 'h', label: 'H', directive: 'com32', file: 'h' }],
    });
    expect(lost.ok && lost.text).not.toContain('goto h');
    const prompt = safeRenderSyslinux({
      title: '',
      interaction: 'none',
      defaultId: 'l',
      items: [{ ...linux, passwordHash: 'x' }, inner],
    });
    expect(prompt.ok && prompt.text).toMatch(/^PROMPT 1\n/);
  });

  it('is cleaned without losing valid parts', () => {
    const { menu: clean } = cleanMenu({
      ...menu,
      title: '\n',
      interaction: 'prompt',
      serial: { port: 0 },
      theme: {},
      items: [linux, { ...sub, defaultId: 'j', timeoutSeconds: 4 }],
    });
    expect(clean).toMatchObject({
      title: '',
      interaction: 'prompt',
      startId: 's',
      selectedId: 'i',
      serial: { port: 0 },
      items: [{ id: 'l' }, { defaultId: 'j', timeoutSeconds: 4 }],
    });
    expect(cleanMenu({ ...clean, title: '\n', defaultId: 'gone' }).menu).not.toHaveProperty(
      'interaction',
    );
    const master = {
      title: '',
      allowEditing: false,
      masterPasswordHash: 'grub.pbkdf2.sha512.1.A.B',
      items: [linux],
    };
    expect(renderSyslinux(master).match(/NOESCAPE/g)).toHaveLength(1);
    expect(renderSyslinux({ ...master, masterPasswordHash: 'x' }, { ui: 'none' })).toContain(
      'MENU MASTER PASSWD x',
    );
  });

  it('that cannot name a program leaves its entry out', () => {
    const items: Menu['items'] = [
      linux,
      { type: 'chain', id: 'c', label: 'C', program: 'c' },
      { type: 'syslinux', id: 'h', label: 'H', directive: 'com32', file: 'h' },
    ];
    const resolve = (path: string): string | undefined => (path === 'v' ? path : undefined);
    const { findings } = safeRenderSyslinux(
      { title: '', theme: { background: 'p' }, items },
      { resolve },
    );
    expect(findings.map(({ path }) => path).sort()).toEqual([
      'items[1]',
      'items[2]',
      'theme.background',
    ]);
  });
});

describe('an unusual file', () => {
  const menuOf = (text: string) => parseSyslinux(text).menu;

  it('names programs in other ways', () => {
    const first = (lines: string): unknown =>
      menuOf(`UI menu.c32\nLABEL x\n${lines}\nLABEL y\nLINUX v\n`).items[0];
    expect(first('NONE v')).toMatchObject({ type: 'linux', kernel: 'v' });
    expect(first('COMBOOT v')).toMatchObject({ type: 'linux', kernel: 'v' });
    expect(first('KERNEL .kernel v a')).toMatchObject({ type: 'linux', kernel: 'v', args: 'a' });
    expect(first('KERNEL .none v')).toMatchObject({ type: 'linux', kernel: '.none' });
    expect(first('COM32 reboot.c32\nAPPEND -w')).toMatchObject({ type: 'reboot', options: '-w' });
    expect(first('MENU LABEL ^\nMENU DISABLE')).toEqual({ type: 'separator', label: 'x' });
    expect(first('LINUX v\nFDTOVERLAYS  a  b')).toMatchObject({ deviceTreeOverlays: ['a', 'b'] });
  });

  it('boots in other ways', () => {
    const plan = (text: string) => parseSyslinux(text).start;
    expect(plan('PROMPT 1\nTIMEOUT 20\nONTIMEOUT menu.c32\nLABEL a\nLINUX v\n')).toMatchObject({
      shows: 'prompt',
      program: 'menu.c32',
      fault: 'no-default',
    });
    expect(
      plan('UI menu.c32\nTIMEOUT 30\nTOTALTIMEOUT 20\nLABEL a\nLINUX v\n').unattended,
    ).toMatchObject({
      afterMs: 2000,
    });
    expect(
      plan('UI menu.c32\nTIMEOUT 30\nTOTALTIMEOUT x\nLABEL a\nLINUX v\n').unattended,
    ).toMatchObject({
      afterMs: 3000,
    });
    expect(plan('DEFAULT a b\nLABEL a\nLINUX v\n').unattended).toMatchObject({
      commandLine: '.linux v b',
    });
    expect(plan('DEFAULT v a=1\n').unattended).toMatchObject({ commandLine: 'v a=1' });
    expect(menuOf('DEFAULT v a=1\n').items).toMatchObject([
      { id: 'automatic', kernel: 'v', args: 'a=1' },
    ]);
    expect(plan('DEFAULT  \nLABEL a\nLINUX v\n').fault).toBe('no-default');
  });

  it('leads through many others', () => {
    const files = new Map<string, string | Uint8Array>();
    for (let hop = 0; hop < 20; hop += 1) {
      files.set(`f${hop}`, `DEFAULT a\nLABEL a\nCONFIG f${hop + 1}\n`);
    }
    const resolveInclude = (name: string) => files.get(name);
    expect(parseSyslinux('DEFAULT a\nLABEL a\nCONFIG f0\n', { resolveInclude }).start.shows).toBe(
      'boot',
    );
    files.set('cp437', Buffer.from('MENU TITLE \x82\nLABEL b\nLINUX w\n', 'latin1'));
    files.set('large', `LABEL b\nLINUX w\n${'#'.repeat(33_600_000)}`);
    const text = 'UI menu.c32\nLABEL a\nCONFIG cp437\nLABEL c\nCONFIG large\n';
    expect(parseSyslinux(text, { resolveInclude }).menu.items).toMatchObject([
      { type: 'submenu', title: 'é' },
      { type: 'syslinux' },
    ]);
    let deep = 'LABEL z\nCONFIG cp437\n';
    for (let depth = 0; depth < 16; depth += 1) {
      deep = `MENU BEGIN d${depth}\n${deep}MENU END\n`;
    }
    expect(
      renderSyslinux(parseSyslinux(`UI menu.c32\n${deep}`, { resolveInclude }).menu),
    ).toContain('CONFIG cp437');
  });

  it('is checked in the files of its menu program, too', () => {
    const check = (text: string, there: readonly string[]) =>
      parseSyslinux(text, {
        resolveInclude: (name) =>
          name === 'o' ? 'MENU BACKGROUND p.png\nLABEL b\nCOM32 hdt\n' : undefined,
        hasFile: (name) => there.includes(name),
      })
        .diagnostics.filter(({ code }) => code === 'missing-file')
        .map(({ message }) => /"([^"]*)"/.exec(message)?.[1]);
    expect(check('UI menu.c32 o\nLABEL a\nLINUX v\n', ['menu.c32', 'libutil.c32'])).toEqual([
      'o',
      'v',
      'p.png',
      'hdt.c32',
    ]);
    const two = 'DEFAULT gone\nDEFAULT a\nLABEL a\nLINUX v\n';
    expect(parseSyslinux(two).diagnostics).toEqual([]);
  });

  it('is edited at its end', () => {
    expect(setOption('LABEL a \n  LINUX v', 'APPEND', 'x', { label: 'a' })).toBe(
      'LABEL a \n  LINUX v\n  APPEND x\n',
    );
  });
});

describe('small parts', () => {
  it('separate words and arguments at any number of blanks', () => {
    expect(splitArguments(' a  "b c"  ')).toEqual(['a', '"b c"']);
    expect(wordsIn('  a \t b')).toEqual(['a', 'b']);
    expect(byteString(encodeText('\ud800'))).toBe('\xef\xbf\xbd');
    expect(idsOnTheWay({ title: '', items: [linux] }, 'none')).toEqual([]);
    expect(hasErrors([])).toBe(false);
    expect(hasErrors([{ severity: 'error', code: 'x', message: '' }])).toBe(true);
  });

  it('find files for standard input', () => {
    const { fileName, hasFile, readStart } = parseOptionsFor('-', { root: import.meta.dirname });
    expect(fileName).toBe('standard input');
    expect(hasFile?.('edges.test.ts')).toBe(true);
    expect(readStart?.('edges.test.ts')).toHaveLength(16);
    expect(readStart?.('none')).toBeUndefined();
    const path = join(import.meta.dirname, 'starts/ui-default/tftp/pxelinux.cfg/default');
    expect(showMenuFile(path)).toContain('Shown');
  });

  it('find files whose names begin with two dots, but none above the root', async () => {
    const root = await mkdtemp(join(tmpdir(), 'syslinux-menu-'));
    await writeFile(join(root, '..x'), 'x');
    await mkdir(join(root, 'served'));
    await writeFile(join(root, 'above'), 'x');
    const { hasFile } = parseOptionsFor('-', { root });
    expect(hasFile?.('..x')).toBe(true);
    const inner = parseOptionsFor('-', { root: join(root, 'served') });
    expect(inner.hasFile?.('../above')).toBe(false);
    await rm(root, { recursive: true });
  });

  it('load a waiting submenu and a floppy', () => {
    const config = loadMenu({
      title: '',
      startId: 's',
      items: [
        { ...sub, timeoutSeconds: 4, items: [{ type: 'separator' }, inner] },
        { type: 'local', id: 'f', label: 'F', method: 'chain', drive: 1 },
      ],
    });
    expect(config.menus[2]?.timeoutMs).toBe(0);
    expect(config.menus[1]?.entries[1]?.commandLine).toBe('.com32 chain.c32 fd1');
  });

  it('read rare settings', () => {
    const codes = (text: string) => parseSyslinux(text).diagnostics.map(({ code }) => code);
    expect(codes('UI menu.c32\nLABEL a\nPXE n\nSYSAPPEND 3\nINITRD i\n')).toContain('not-in-model');
    expect(codes('UI menu.c32\nTIMEOUT 20\nONTIMEOUT .pxe n a=1\nLABEL a\nLINUX v\n')).toContain(
      'entry-added',
    );
    expect(codes('UI menu.c32\nAPPEND initrd=a initrd=b\nLABEL a\nLINUX v\n')).toContain(
      'second-initrd',
    );
    expect(
      parseSyslinux('UI menu.c32\nLABEL a\nLINUX v\nLABEL \nMENU DISABLE\n').menu.items[1],
    ).toEqual({
      type: 'separator',
    });
    expect(parseSyslinux('DEFAULT g\nLABEL g\nMENU GOTO x\n').start.unattended.type).toBe('boot');
    const huge =
      'UI menu.c32\nLABEL a\nLINUX v\nMENU BEGIN s\nTIMEOUT 99999999\nLABEL b\nLINUX w\nMENU END\n';
    expect(parseSyslinux(huge).menu.items[1]).not.toHaveProperty('timeoutSeconds');
    const other = 'MENU SEPARATOR\nLABEL b\nMENU DEFAULT\nLINUX ::w\nLABEL p\nLINUX p\n';
    expect(
      parseSyslinux('UI menu.c32\nLABEL c\nCONFIG o d/\n', {
        resolveInclude: (name) => (name === 'o' ? `UI menu.c32\n${other}` : undefined),
      }).menu.items,
    ).toMatchObject([
      { defaultId: 'b', items: [{ type: 'separator' }, { kernel: '::w' }, { kernel: 'd/p' }] },
    ]);
  });
});

describe('cleanMenu', () => {
  it('keeps all valid parts', () => {
    const menu: Menu = {
      title: 'two\nlines',
      resolution: { width: 800, height: 600 },
      theme: {
        colors: {
          sel: { ansi: '7;37;40', foreground: '#ff000000', background: '#00000000', shadow: 'all' },
        },
      },
      items: [{ type: 'local', id: 'a', label: 'A', indent: 2 }],
    };
    expect(cleanMenu(menu).menu).toEqual({ ...menu, title: 'two lines' });
  });
});
