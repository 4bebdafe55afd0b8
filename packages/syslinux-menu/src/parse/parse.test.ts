import { describe, expect, it } from 'vitest';

import { type MenuItem } from '../model/menu.js';
import { parseSyslinux, type ParseSyslinuxOptions } from './parse.js';

/**
 * Returns the findings except the one that nothing can be started, since most texts here are fragments of a
 * file.
 */
function findings(text: string, options?: ParseSyslinuxOptions): readonly string[] {
  return parseSyslinux(text, options)
    .diagnostics.filter(({ code }) => code !== 'nothing-starts')
    .map(
      ({ severity, code, span }) => `${severity} ${code} ${span?.file ?? ''}:${span?.line ?? 0}`,
    );
}

function files(contents: Readonly<Record<string, string>>): ParseSyslinuxOptions {
  return { resolveInclude: (name) => contents[name] };
}

function item(text: string): MenuItem | undefined {
  return parseSyslinux(text).menu.items[0];
}

const ENTRY = 'label a\nmenu label ^Alpha\nlinux v\n';

describe('parseSyslinux', () => {
  it('returns the menu, the locations of its items, and every line', () => {
    const text = `# a menu\n\nui menu.c32\nmenu title T\n${ENTRY}menu begin s\nlabel b\nlinux w\nmenu end\nodd line\n`;
    const parsed = parseSyslinux(text, { fileName: 'boot.cfg' });
    expect(parsed.menu).toEqual({
      title: 'T',
      items: [
        { type: 'linux', id: 'a', label: 'Alpha', hotkey: 'A', kernel: 'v' },
        {
          type: 'submenu',
          id: 's',
          label: 's',
          items: [{ type: 'linux', id: 'b', label: 'b', kernel: 'w' }],
        },
      ],
    });
    expect([...parsed.spans].map(([path, { line }]) => [path, line])).toEqual([
      ['items[0]', 5],
      ['items[1]', 8],
      ['items[1].items[0]', 9],
    ]);
    expect(parsed.lines.map(({ kind }) => kind)).toEqual([
      'comment',
      'blank',
      ...Array<string>(9).fill('directive'),
      'unknown',
    ]);
    expect(parsed.diagnostics).toEqual([
      {
        severity: 'note',
        code: 'unknown-directive',
        message:
          'syslinux does not know the directive "odd" and ignores the line; comments begin with "#"',
        span: { file: 'boot.cfg', line: 12, column: 1, length: 8 },
      },
    ]);
  });

  it('keeps what ldlinux reads: the last UI, prompt settings, files', () => {
    const { core } = parseSyslinux(
      'default early\nui menu.c32 x\ndefault late\nprompt 1\nimplicit 0\nnoescape 1\ntimeout 50\n' +
        'ontimeout a\nonerror b\nserial 1 115200\nsay hello  world\npath /a::b:\ndisplay d.txt rest\n' +
        'f1 one.txt\nF12 twelve.txt\nf13 none.txt\nf2\nfont f.psf\nkbdmap k\nnohalt 1\n',
    );
    expect(core).toMatchObject({
      defaultCommand: 'menu.c32 x',
      ui: 'menu.c32 x',
      prompt: true,
      implicit: false,
      noEscape: true,
      timeoutMs: 5000,
      onTimeout: 'a',
      onError: 'b',
      serial: { port: 1, baud: 115_200 },
      say: ['hello  world'],
      path: ['/a', 'b'],
    });
    expect(core.files.map(({ kind, file }) => `${kind} ${file}`)).toEqual([
      'display d.txt',
      'function-key one.txt',
      'function-key twelve.txt',
      'font f.psf',
      'kbdmap k',
    ]);
    expect(parseSyslinux('default only').core.defaultCommand).toBe('only');
  });

  it('reads a serial line as ldlinux does', () => {
    const serial = (line: string): unknown => parseSyslinux(line).menu.serial;
    expect(serial('serial 0')).toEqual({ port: 0, baud: 9600 });
    expect(serial('serial 0x3f8 38400 0x303')).toEqual({ port: 0x3f8, baud: 38_400 });
    expect(serial('serial 0 50')).toBeUndefined();
    expect(serial('serial 0 ;')).toEqual({ port: 0, baud: 9600 });
  });

  it('reports lines whose place or name gives them no effect', () => {
    expect(findings(`linux v\ninitrd i\nmenu quit\nmenu label x\n${ENTRY}`)).toEqual([
      'warning outside-label default:1',
      'warning outside-label default:2',
      'warning outside-label default:3',
      'warning outside-label default:4',
    ]);
    expect(findings(`${ENTRY}menu end\n`)).toEqual(['warning stray-menu-end default:4']);
    expect(item(`menu begin\n${ENTRY}label up\nmenu exit\nmenu end\n`)).toMatchObject({
      items: [{ id: 'a' }, { type: 'back', id: 'up' }],
    });
    expect(findings(`${ENTRY}label b\nmenu exit\n`)).toEqual([
      'warning no-kernel default:4',
      'warning exit-at-top default:5',
    ]);
    expect(findings(`${ENTRY}menu begin s\n${ENTRY}`)).toEqual([
      'warning menu-left-open default:4',
      'note duplicate-label default:5',
    ]);
    expect(findings(`${ENTRY}menu begin\n${ENTRY}`)).toContain('warning menu-left-open default:4');
    expect(findings(`${ENTRY}menu nonsense\n`)).toEqual(['note unknown-directive default:4']);
    expect(findings(`${ENTRY}menu color nowhere 1 2\nmenu color msg0a 1\n`)).toEqual([
      'warning unknown-color default:4',
    ]);
  });

  it('reports hotkeys without effect, in entries and submenus', () => {
    const second = 'label b\nmenu label ^Again\nlinux w\n';
    const { menu, diagnostics } = parseSyslinux(
      `ui menu.c32\n${ENTRY}${second}menu begin s\nmenu label ^And\nlabel c\nlinux x\nmenu end\n`,
    );
    expect(diagnostics.map(({ code, span }) => `${code} ${span?.line ?? 0}`)).toEqual([
      'hotkey-taken 5',
      'hotkey-taken 9',
    ]);
    expect(menu.items.map((entry) => 'hotkey' in entry)).toEqual([true, false, false]);
  });

  it('stops at endless includes, and notes missing ones', () => {
    expect(findings(`include none\n${ENTRY}`)).toEqual(['note include-missing default:1']);
    expect(findings(`include default\n${ENTRY}`)).toEqual(['error include-cycle default:1']);
    const chain = Object.fromEntries(
      Array.from({ length: 20 }, (_value, index) => [`f${index}`, `include f${index + 1}\n`]),
    );
    expect(findings(`include f0\n${ENTRY}`, files(chain))).toEqual([
      'error include-too-deep f15:1',
    ]);
    const many = 'include small\n'.repeat(4097);
    expect(findings(`${ENTRY}${many}`, files({ small: '#' }))).toEqual([
      'error include-too-much default:4100',
    ]);
    const large = files({ large: '#'.repeat(20_000_000) });
    expect(findings(`${ENTRY}include large\ninclude large\n`, large)).toContain(
      'error include-too-much default:5',
    );
  });

  it('reads an included file with a tag as a submenu', () => {
    const { menu } = parseSyslinux(
      `include more.cfg More ^files\n${ENTRY}`,
      files({ 'more.cfg': ENTRY }),
    );
    expect(menu.items.map((entry) => `${entry.type} ${entry.label ?? ''}`)).toEqual([
      'submenu More files',
      'linux Alpha',
    ]);
  });

  it('reports that the rest of a file without ENDTEXT is help, and skips other texts', () => {
    expect(findings(`${ENTRY}text help\nmore\n`)).toEqual(['error unterminated-text default:4']);
    expect(
      item(`${ENTRY}text other\nskipped\nendtext\ntext help\r\n a\r\nb\nENDTEXT\n`),
    ).toMatchObject({
      help: ' a\nb',
    });
  });

  it('checks labels: lengths, duplicate names, names with blanks', () => {
    const long = `${ENTRY}append ${'x'.repeat(2100)}\n`;
    expect(findings(long)).toEqual(['error command-line-too-long default:1']);
    const nearly = `${ENTRY}append ${'x'.repeat(2025)}\n`;
    expect(findings(nearly)).toEqual([]);
    expect(findings(`${nearly}sysappend 2\n`)).toEqual(['error command-line-too-long default:1']);
    expect(findings(`${nearly}sysappend 0x10\n`)).toEqual([
      'warning command-line-too-long default:1',
    ]);
    expect(findings(`${ENTRY}initrd a,${'x'.repeat(256)}\n`)).toEqual([
      'error file-name-too-long default:1',
    ]);
    expect(findings(`${ENTRY}label a\nlinux other\n`)).toEqual([
      'warning duplicate-label default:4',
    ]);
    expect(findings('label a b\nlinux v\n')).toEqual(['warning label-with-blanks default:1']);
    expect(findings('ui menu.c32\nlabel a b\nlinux v\n')).toEqual([]);
  });

  it('checks the countdown and menus without entries', () => {
    expect(findings('ui menu.c32\ntimeout 10\n')).toEqual(['error empty-menu default:1']);
    expect(findings('')).toEqual(['note empty-menu default:1']);
    const clock = 'ui menu.c32\ntimeout 10\n';
    expect(findings(`${clock}${ENTRY}`)).toEqual(['note missing-default default:2']);
    expect(findings(`${clock}${ENTRY}menu default\n`)).toEqual([]);
    expect(findings(`${clock}menu separator\n${ENTRY}`)).toEqual([
      'note clock-changed default:1',
      'warning clock-never-runs default:2',
    ]);
    const submenu = `${clock}menu begin s\nmenu default\n${ENTRY}menu end\n`;
    expect(findings(submenu)).toEqual([
      'note clock-changed default:1',
      'warning missing-default default:3',
    ]);
    expect(findings(`ontimeout a\n${submenu}`)).toEqual([]);
    expect(findings(`${ENTRY}menu begin s\nmenu end\nmenu begin\nmenu end\n`)).toEqual([
      'warning empty-menu default:4',
      'warning left-out default:4',
      'warning empty-menu default:6',
      'warning empty-text default:6',
      'warning left-out default:6',
    ]);
  });

  it('reports that IMPLICIT 0 keeps the menu program from starting', () => {
    expect(findings(`ui menu.c32\nimplicit 0\n${ENTRY}`)).toEqual([
      'error implicit-with-ui default:2',
    ]);
    expect(findings(`implicit 0\n${ENTRY}`)).toEqual([]);
  });

  it('reports missing modules, files, pictures and texts', () => {
    const text = `ui vesamenu.c32
path lib:mods/
menu background splash.png
display intro.txt
label m
  com32 hdt.c32
label k
  kernel ifcpu.c32
label again
  com32 hdt.c32
label l
  linux vmlinuz
menu begin s
  menu background #ff000000
  label x
    com32 found.c32
menu end
`;
    const there = ['lib/hdt.c32', 'mods/ifcpu.c32', 'found.c32'];
    const options: ParseSyslinuxOptions = { hasFile: (name) => there.includes(name) };
    const told = parseSyslinux(text, options).diagnostics.filter(
      ({ code }) => code !== 'not-in-model',
    );
    expect(
      told.map(({ severity, message, span }) => `${severity} ${span?.line ?? 0}: ${message}`),
    ).toEqual([
      'error 1: "vesamenu.c32" is named here but missing',
      'note 1: "splash.png" is named here but missing',
      'note 4: "intro.txt" is named here but missing',
      'error 5: "hdt.c32" needs libcom32.c32 and libutil.c32 and libgpl.c32 and libmenu.c32, which are missing',
      'error 11: "vmlinuz" is named here but missing',
    ]);
  });

  it('converts every directive to an entry, and reports losses', () => {
    const entry = (lines: string): MenuItem | undefined => item(`label x\n${lines}`);
    expect(entry('localboot 5')).toMatchObject({ type: 'local', method: 'keep-pxe' });
    expect(entry('localboot 0x80')).toEqual({ type: 'local', id: 'x', label: 'x', drive: 0x80 });
    expect(entry('localboot 0xffff')).toMatchObject({ method: 'next-device' });
    expect(entry('kernel pxelinux.0')).toMatchObject({ type: 'chain', program: 'pxelinux.0' });
    expect(entry('pxe nbp.0\nappend a')).toMatchObject({ type: 'chain' });
    expect(findings('label x\npxe nbp.0\nappend a\n')).toEqual(['note not-in-model default:1']);
    expect(entry('com32 /m/reboot.c32')).toMatchObject({ type: 'reboot' });
    expect(entry('com32 reboot')).toMatchObject({ type: 'reboot' });
    expect(entry('com32 poweroff.c32')).toMatchObject({ type: 'poweroff' });
    expect(entry('com32 poweroff.c32\nappend now')).toMatchObject({ directive: 'com32' });
    expect(entry('kernel disk.img\nappend raw')).toMatchObject({
      type: 'syslinux',
      directive: 'fdimage',
      args: 'raw',
    });
    expect(entry('kernel a.com')).toMatchObject({ type: 'linux', kernel: 'a.com' });
    expect(entry('config other.cfg')).toMatchObject({ directive: 'config', file: 'other.cfg' });
    expect(findings('label x\nconfig o\ninitrd i\n')).toEqual(['note not-in-model default:1']);
    expect(entry('none v')).toMatchObject({ type: 'linux', kernel: 'v' });
    expect(entry('kernel v')).toMatchObject({ type: 'linux' });
    expect(entry('linux v\nappend initrd=a,b quiet\ninitrd c,,d\nsysappend 0x13')).toMatchObject({
      initrd: ['a', 'b'],
      args: 'quiet',
      appendBootif: true,
      systemInfo: ['ip', 'sysvendor'],
    });
    expect(entry('menu help f1.txt')).toBeUndefined();
    expect(findings('label x\nmenu help\nlabel y\nlinux v\n')).toEqual([
      'note not-in-model default:1',
    ]);
    expect(item(`label x\nmenu label Heading\nmenu disable\n${ENTRY}`)).toEqual({
      type: 'separator',
      label: 'Heading',
    });
  });

  it('makes ids and texts readable and unique, and reports changes', () => {
    const { menu, diagnostics } = parseSyslinux(
      'menu title \u0007Beep\nlabel -a b\nmenu label \tX\u001fY\nlinux v\nlabel ..\nlinux v\n' +
        `label ${'n'.repeat(200)}\nlinux v\nlabel ${'n'.repeat(200)}\nlinux w\n`,
    );
    expect(menu.title).toBe('Beep');
    const ids = menu.items.map((entry) => ('id' in entry ? entry.id : ''));
    expect(ids).toEqual(['a-b', 'entry', 'n'.repeat(115), `${'n'.repeat(115)}-2`]);
    expect(menu.items[0]).toMatchObject({ label: 'XY' });
    const codes = new Set(diagnostics.map(({ code }) => code));
    expect(codes).toEqual(
      new Set(['nothing-starts', 'label-with-blanks', 'duplicate-label', 'text-changed']),
    );
  });

  it('finds the default that DEFAULT, MENU DEFAULT and ONTIMEOUT name', () => {
    const two = `${ENTRY}label b\nlinux w\n`;
    const ids = (text: string): string => {
      const { defaultId, selectedId, timeoutSeconds } = parseSyslinux(`ui menu.c32\n${text}`).menu;
      return [defaultId ?? '-', selectedId ?? '-', timeoutSeconds ?? 0].join(' ');
    };
    const clock = 'timeout 10\n';
    expect(ids(two)).toBe('- - 0');
    expect(ids(`${clock}${two}`)).toBe('- - 1');
    expect(ids(`${two}menu default\n`)).toBe('b - 0');
    expect(ids(`${clock}ontimeout b\n${two}`)).toBe('b a 1');
    expect(ids(`ontimeout b\n${two}`)).toBe('- - 0');
    expect(ids(`${clock}ontimeout .linux w\n${two}`)).toBe('b a 1');
    expect(ids(`${clock}ontimeout a\n${two}menu default\n`)).toBe('a b 1');
    expect(ids(`${clock}ontimeout other\n${two}menu default\n`)).toBe('automatic b 1');
    expect(ids(`${clock}ontimeout g\n${two}label g\nmenu goto .top\n`)).toBe('- - 0');
    expect(ids(`default b\n${two}`)).toBe('b - 0');
    expect(ids(`default none\n${two}`)).toBe('- - 0');
    expect(ids(`default b\n${two}menu hide\n`)).toBe('- - 0');
    const exit = `menu begin s\n${two}label up\nmenu exit\nmenu end\n`;
    expect(ids(`default up\n${exit}`)).toBe('- - 0');
    const nested = `menu begin s\n${two}menu default\nmenu end\n`;
    expect(ids(`default b\n${nested}`)).toBe('b - 0');
    expect(ids(nested)).toBe('- - 0');
    expect(ids(`menu begin s\nmenu default\n${two}menu end\n`)).toBe('- s 0');
    expect(ids(`menu begin s\nmenu default\n${two}menu default\nmenu end\n`)).toBe('b - 0');
  });

  it('puts no more menus into the model than renderers accept', () => {
    const deep = `${ENTRY}${'menu begin s\nlabel x\nlinux y\n'.repeat(17)}${'menu end\n'.repeat(17)}`;
    const { diagnostics } = parseSyslinux(deep);
    expect(diagnostics.filter(({ code }) => code === 'too-deep')).toHaveLength(1);
  });

  it('reads colours in every spelling', () => {
    const { colors } = parseSyslinux(
      `${ENTRY}menu color border 1 #123 #4567 none\nmenu color title * #123456 1122334455667788 std\n` +
        'menu color sel * #112233445 #112233445566 all\nmenu color help 7 12345\nmenu color unsel\n' +
        'menu color tabmsg * * * rev\nmenu colour cmdline 1 * #80ffffff xyz\n',
    ).loaded.menus[1]!;
    expect(colors.border).toEqual({
      ansi: '1',
      foreground: 0xff112233,
      background: 0x44556677,
      shadow: 'none',
    });
    expect(colors.title).toMatchObject({ foreground: 0xff123456, background: 0x11335577 });
    expect(colors.sel).toMatchObject({ foreground: 0xff112344, background: 0xff113355 });
    expect(colors.help).toMatchObject({ ansi: '7', foreground: 0xffff0000 });
    expect(colors.unsel.ansi).toBe('37;44');
    expect(colors.tabmsg.shadow).toBe('rev');
    expect(colors.cmdline).toMatchObject({ background: 0x80ffffff, shadow: 'std' });
  });

  it('keeps settings that do not affect the menu, and notes each that the model lacks', () => {
    const quiet = `ui menu.c32\n${ENTRY}menu save\nmenu nosave\nmenu onerror x\nmenu clear\nmenu hiddenkey f1 a
menu msgcolor #fff\nmenu shiftkey\nmenu noimmediate\nmenu resolution 800 600\nmenu master key x
menu passwd p\nfdtdir d\nnocomplete 1\nconsole 0\npxeretry 2\nsendcookies 0\ntotaltimeout 5\n`;
    const { diagnostics, loaded, menu } = parseSyslinux(quiet);
    expect(
      diagnostics.filter(({ severity }) => severity !== 'note').map(({ code }) => code),
    ).toEqual(['plain-password']);
    const noted = diagnostics
      .filter(({ code }) => code === 'not-in-model')
      .map(({ span }) => span?.line);
    expect(noted).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 17, 18, 19, 21]);
    expect(loaded).toMatchObject({ shiftKey: true, totalTimeoutMs: 500 });
    expect(menu.resolution).toEqual({ width: 800, height: 600 });
    expect(menu.masterPasswordHash).toBeUndefined();
    expect(
      parseSyslinux(`menu passwd x\nmenu immediate\n${ENTRY}`).menu.items[0],
    ).not.toHaveProperty('passwordHash');
    const odd = parseSyslinux(`ui menu.c32\n${ENTRY}menu resolution 1024\nmenu background\n`);
    expect(odd.loaded.resolution).toEqual({ width: 1024, height: 0 });
    expect(odd.menu).toMatchObject({ items: [{ id: 'a' }] });
    expect(odd.menu.resolution).toBeUndefined();
    expect(odd.diagnostics.map(({ code }) => code)).toEqual(['bad-number', 'bad-path']);
  });
});
