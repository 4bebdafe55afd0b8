import { describe, expect, it } from 'vitest';

import { grubPaths, renderGrub, safeRenderGrub } from '../src/dialects/grub/index.js';
import { ipxePaths, renderIpxe, safeRenderIpxe } from '../src/dialects/ipxe/index.js';
import {
  type Menu,
  parseSyslinux,
  type ParseSyslinuxOptions,
  renderSyslinux,
  safeRenderSyslinux,
  unattendedBoot,
} from '../src/index.js';
import { grubCommands } from './support/script-words.js';

// Mistakes and oddities of real menu files, by kind.

const MENU = 'UI menu.c32\n';
const ENTRY = 'LABEL a\n  LINUX v\n';

function menuOf(text: string, options?: ParseSyslinuxOptions): Menu {
  return parseSyslinux(text, options).menu;
}

/** Returns the findings as `line severity code`. */
function told(text: string | Uint8Array, options?: ParseSyslinuxOptions): readonly string[] {
  return parseSyslinux(text, options)
    .diagnostics.filter(({ code }) => code !== 'not-in-model' && code !== 'entry-added')
    .map(({ severity, code, span }) => `${span?.line ?? 0} ${severity} ${code}`);
}

describe('the entry that boots without a key press', () => {
  const boots = (text: string): string => {
    const boot = unattendedBoot(menuOf(text));
    return boot === undefined ? 'waits' : `${boot.entry.id} ${boot.seconds}`;
  };

  it('is the DEFAULT of a prompt, in all dialects', () => {
    const text =
      'DEFAULT local\nTIMEOUT 50\nPROMPT 1\nLABEL install\n  KERNEL v\nLABEL local\n  LOCALBOOT 0\n';
    expect(boots(text)).toBe('local 5');
    const menu = menuOf(text);
    expect(menu).toMatchObject({ interaction: 'prompt', defaultId: 'local', timeoutSeconds: 5 });
    expect(renderGrub(menu)).toMatch(/^set default='1'\nset timeout=5\n/);
    expect(renderIpxe(menu)).toContain('choose --default local --timeout ${clock}');
    expect(renderSyslinux(menu)).toMatch(/^DEFAULT local\nPROMPT 1\n(?:SAY .*\n)*TIMEOUT 50\n/);
  });

  it('keeps the arguments after the label of ONTIMEOUT', () => {
    const text = `${MENU}TIMEOUT 10\nONTIMEOUT a single\n${ENTRY}LABEL b\n  LINUX w\n`;
    const { menu, diagnostics } = parseSyslinux(text);
    expect(menu.items.at(-1)).toMatchObject({ id: 'a-2', kernel: 'v', args: 'single' });
    expect(menu).toMatchObject({ defaultId: 'a-2', selectedId: 'a' });
    expect(diagnostics.map(({ code }) => code)).toContain('entry-added');
  });

  it('does not exist if the countdown is on a submenu, or longer than a day', () => {
    expect(boots(`${MENU}TIMEOUT 10\nMENU BEGIN s\nMENU DEFAULT\n${ENTRY}MENU END\n`)).toBe(
      'waits',
    );
    expect(boots(`${MENU}TIMEOUT -1\n${ENTRY}`)).toBe('waits');
    expect(boots(`${MENU}TIMEOUT 864000\n${ENTRY}`)).toBe('a 86400');
  });

  it('is not booted by the TIMEOUT of a submenu that is not shown first', () => {
    const text = `${MENU}${ENTRY}MENU BEGIN s\nTIMEOUT 50\nLABEL b\nLINUX w\nMENU END\n`;
    expect(boots(text)).toBe('waits');
    expect(menuOf(text)).not.toHaveProperty('timeoutSeconds');
    expect(menuOf(text).items[1]).toMatchObject({ timeoutSeconds: 5 });
    expect(renderSyslinux(menuOf(text))).toMatch(/MENU BEGIN s\n(?: {2}.*\n)*? {2}TIMEOUT 50\n/);
  });

  it('does not boot another entry instead of one that a loader cannot start', () => {
    const text = `${MENU}TIMEOUT 10\nDEFAULT hw\n${ENTRY}LABEL hw\n  COM32 hdt.c32\n`;
    const grub = safeRenderGrub(menuOf(text));
    expect(grub.ok && grub.text).toContain('set timeout=-1\n');
    expect(grub.findings.map(({ code }) => code)).toContain('default-left-out');
    const ipxe = safeRenderIpxe(menuOf(text));
    expect(ipxe.ok && ipxe.text).not.toContain('--timeout');
  });

  it('has its countdown divided among the menus that lead to it, in iPXE', () => {
    const text = `${MENU}TIMEOUT 101\nONTIMEOUT a\nMENU BEGIN s\nMENU DEFAULT\n${ENTRY}MENU DEFAULT\nMENU END\n`;
    expect(renderIpxe(menuOf(text)).match(/set clock [1-9]\d*/g)).toEqual([
      'set clock 5050',
      'set clock 5050',
    ]);
  });

  it('is the one that U-Boot boots with its extlinux.conf', () => {
    const conf =
      'DEFAULT primary\nTIMEOUT 31\nLABEL other\n  LINUX /v\nLABEL primary\n  LINUX /boot/Image\n  FDT /boot/a.dtb\n  FDTOVERLAYS /b.dtbo /c.dtbo\n';
    expect(boots(`MENU TITLE Board\n${conf}`)).toBe('primary 4');
    expect(boots(conf)).toBe('primary 0');
    const { menu, start, diagnostics } = parseSyslinux(`PROMPT 1\n${conf}`);
    expect(start).toMatchObject({ loader: 'u-boot', shows: 'menu' });
    expect(diagnostics).toEqual([]);
    expect(menu.items[1]).toMatchObject({
      deviceTree: '/boot/a.dtb',
      deviceTreeOverlays: ['/b.dtbo', '/c.dtbo'],
    });
    expect(renderGrub(menu)).toContain('devicetree /boot/a.dtb\n');
    expect(renderSyslinux(menu)).toContain('FDTOVERLAYS /b.dtbo /c.dtbo\n');
    expect(
      boots('MENU TITLE T\nLABEL a\nLINUX v\nLABEL b\nLINUX w\nMENU DEFAULT\nFDTDIR d\n'),
    ).toBe('waits');
    expect(boots('LABEL a\nLINUX v\nFDTDIR d\n')).toBe('a 0');
    expect(parseSyslinux('LABEL a\nMENU DISABLE\nFDTDIR d\n').start.fault).toBe('empty-menu');
    expect(told(`UI menu.c32\n${ENTRY}  FDT d\n  FDT d\n`)).toEqual(['4 note u-boot-only']);
  });
});

describe('one odd item', () => {
  it('is cleaned or left out, and the others stay', () => {
    const text = `${MENU}MENU RESOLUTION 1024
MENU MASTER PASSWD
${ENTRY}TEXT HELP
\tindented\tand more\u0007
ENDTEXT
LABEL b
  MENU PASSWD
  KERNEL vmlinuz root=/dev/sda1
  APPEND quiet
LABEL c
  KERNEL pxechn.c32 192.0.2.1::b.0 -W
LABEL d
  COM32 linux.c32 w initrd=i single
MENU BEGIN empty
MENU END
LABEL e
  MENU LABEL ^
  LINUX e
`;
    const menu = menuOf(text);
    expect(menu.items).toMatchObject([
      { id: 'a', help: '        indented        and more' },
      { id: 'b', passwordHash: '', kernel: 'vmlinuz', args: 'root=/dev/sda1 quiet' },
      { id: 'c', type: 'chain', program: '192.0.2.1::b.0', options: '-W' },
      { id: 'd', type: 'linux', kernel: 'w', initrd: ['i'], args: 'single' },
      { id: 'e', label: 'e' },
    ]);
    const { ok, findings } = safeRenderSyslinux(menu);
    expect(ok).toBe(true);
    expect(findings).toEqual([]);
    expect(safeRenderGrub(menu).ok && safeRenderIpxe(menu).ok).toBe(true);
    expect(told(text)).toEqual(
      expect.arrayContaining([
        '2 warning bad-number',
        '17 warning empty-menu',
        '17 warning left-out',
      ]),
    );
  });

  it('of a model is cleaned in all its parts', () => {
    const odd = {
      title: 'two\nlines',
      defaultId: 'x y',
      selectedId: 'none',
      startId: 'none',
      interaction: 'shout',
      timeoutSeconds: -1,
      hidden: true,
      masterPasswordHash: 'a\nb',
      resolution: { width: 1, height: 1 },
      serial: { port: -1 },
      theme: {
        background: '#red',
        colors: { sel: { ansi: 'x', foreground: 'y', background: 'z', shadow: 'w' } },
        layout: { rows: 1.5, margin: 2 },
        tabMessage: ' a\n',
      },
      items: [
        { type: 'back', id: 'up', label: 'Up' },
        { type: 'separator', label: '^' },
        { type: 'separator', label: 'H' },
        {
          type: 'linux',
          id: 'x y',
          label: '',
          hotkey: '?',
          help: 'a\n endtext\nb',
          indent: 99,
          kernel: 'v',
          initrd: ['a,b', ''],
          args: 'initrd=c - ',
          systemInfo: ['cpu', 'ip', 'ip', 'none'],
          deviceTree: 'a b',
          deviceTreeDir: 'd',
          deviceTreeOverlays: ['', 'o'],
        },
        { type: 'linux', id: 'bad', label: 'B', kernel: 'a b' },
        { type: 'linux', id: 'bad2', label: 'B', kernel: 'a', initrd: ['a b'] },
        { type: 'chain', id: 'c', label: 'C', program: '', options: '' },
        { type: 'chain', id: 'c2', label: 'C', program: 'p', options: ' -W\n' },
        { type: 'syslinux', id: 's', label: 'S', directive: 'com32', file: 'f', args: '-' },
        { type: 'syslinux', id: 's1', label: 'S', directive: 'com32', file: '' },
        { type: 'syslinux', id: 's2', label: 'S', directive: 'none', file: 'f' },
        {
          type: 'local',
          id: 'l',
          label: 'L',
          method: 'normal',
          drive: -2,
          partition: 3,
          options: 'x',
        },
        {
          type: 'local',
          id: 'l1',
          label: 'L',
          method: 'chain',
          drive: 0x80,
          partition: 3,
          options: ' x',
        },
        { type: 'local', id: 'l2', label: 'L', method: 'none' },
        { type: 'poweroff', id: 'l', label: 'L', hotkey: 'L' },
        { type: 'reboot', id: 'r', label: 'L', hotkey: 'L' },
        { type: 'submenu', id: 'm', label: 'M', items: [] },
        {
          type: 'submenu',
          id: 'n',
          label: 'N',
          title: '\n',
          defaultId: 'none',
          timeoutSeconds: 0.01,
          items: [
            { type: 'reboot', id: 'q', label: 'Q', disabled: true, hotkey: 'Q' },
            { type: 'back', id: 'w', label: 'W' },
          ],
        },
      ],
    } as unknown as Menu;
    const { ok, findings } = safeRenderSyslinux(odd);
    expect(ok).toBe(true);
    expect(findings.every(({ severity }) => severity !== 'error')).toBe(true);
    const text = renderSyslinux(odd);
    expect(text).toBe(`UI vesamenu.c32
MENU MASTER PASSWD
MENU TITLE two lines
MENU COLOR sel
MENU MARGIN 2
MENU TABMSG a
PROMPT 1
MENU SEPARATOR
LABEL ..heading-1
  MENU LABEL H
  MENU DISABLE
LABEL x-y
  MENU LABEL x-y
  MENU DEFAULT
  LINUX v
  INITRD a,b,c
  FDTDIR d
  FDTOVERLAYS o
  SYSAPPEND 9
TEXT HELP
a
b
ENDTEXT
LABEL c2
  MENU LABEL C
  COM32 pxechn.c32
  APPEND p -W
LABEL s
  MENU LABEL S
  COM32 f
LABEL l
  MENU LABEL L
  LOCALBOOT 0
LABEL l1
  MENU LABEL L
  COM32 chain.c32
  APPEND hd0 3 x
LABEL l-2
  MENU LABEL ^L
  COM32 poweroff.c32
LABEL r
  MENU LABEL L
  COM32 reboot.c32
MENU BEGIN n
  MENU LABEL N
  LABEL q
    MENU LABEL ^Q
    MENU DISABLE
    COM32 reboot.c32
  LABEL w
    MENU LABEL W
    MENU EXIT
MENU END
`);
    const deep = (depth: number): Menu['items'] => [
      depth === 0
        ? { type: 'reboot', id: 'deepest', label: 'D' }
        : { type: 'submenu', id: `m${depth}`, label: 'M', items: deep(depth - 1) },
      { type: 'reboot', id: `r${depth}`, label: 'R' },
    ];
    expect(renderSyslinux({ title: '', items: deep(20) })).not.toContain('deepest');
  });
});

describe('idioms that are common in syslinux menus', () => {
  it('boot local disks: LOCALBOOT with any number that strtoul reads, and chain.c32', () => {
    const local = (lines: string): unknown => menuOf(`${MENU}LABEL x\n${lines}\n`).items[0];
    expect(local('LOCALBOOT 0xffff')).toMatchObject({ method: 'next-device' });
    expect(local('LOCALBOOT -1')).toMatchObject({ method: 'next-device' });
    expect(local('LOCALBOOT 0x80')).toMatchObject({ type: 'local', drive: 0x80 });
    expect(local('LOCALBOOT 05')).toMatchObject({ method: 'keep-pxe' });
    const chain = { type: 'local', id: 'x', label: 'x', method: 'chain' };
    expect(local('KERNEL chain.c32\nAPPEND hd0')).toEqual({ ...chain, drive: 0x80 });
    expect(local('COM32 /b/chain\nAPPEND hd1 2 swap')).toEqual({
      ...chain,
      drive: 0x81,
      partition: 2,
      options: 'swap',
    });
    expect(local('COM32 chain.c32\nAPPEND hd0,1')).toEqual({ ...chain, drive: 0x80, partition: 1 });
    expect(local('COM32 chain.c32\nAPPEND fd0 0')).toEqual({ ...chain, drive: 0 });
    expect(local('COM32 chain.c32')).toEqual(chain);
    expect(local('COM32 chain.c32\nAPPEND mbr=0x1234')).toEqual({
      ...chain,
      options: 'mbr=0x1234',
    });
    expect(local('COM32 pxechn.c32')).toMatchObject({ type: 'syslinux' });
    expect(local('COM32 linux.c32')).toMatchObject({ type: 'syslinux' });
  });

  it('boot in GRUB and iPXE from the disk that they name', () => {
    const items: Menu['items'] = [
      {
        type: 'local',
        id: 'a',
        label: 'A',
        method: 'chain',
        drive: 0x81,
        partition: 2,
        options: 'x',
      },
      { type: 'local', id: 'b', label: 'B', method: 'chain', drive: 0 },
      { type: 'local', id: 'c', label: 'C', method: 'chain' },
    ];
    const grub = safeRenderGrub({ title: '', items });
    expect(grub.ok && grub.text).toContain("set root='hd1,2'\n");
    expect(grub.ok && grub.text).toContain("set root='fd0'\n");
    expect(grub.findings.map(({ code }) => code)).toEqual(['not-appended']);
    const ipxe = safeRenderIpxe({ title: '', items });
    expect(ipxe.ok && ipxe.text.match(/--drive \S+/g)).toEqual([
      '--drive 0x81',
      '--drive 0x0',
      '--drive 0x80',
    ]);
    expect(renderSyslinux({ title: '', items })).toContain('APPEND fd0\n');
  });

  it('lead to other menus: CONFIG and menu.c32 with a file become submenus', () => {
    const files: Readonly<Record<string, string>> = {
      'tools.cfg':
        'MENU TITLE Tools\nTIMEOUT 30\nLABEL memtest\nLINUX memtest\nLABEL hw\nLINUX h\nMENU DEFAULT\nLABEL main\nKERNEL vesamenu.c32\nAPPEND pxelinux.cfg/default\n',
      'd/other.cfg':
        'DEFAULT b\nPROMPT 1\nLABEL b\nLINUX w\nINITRD i\nLABEL self\nCONFIG d/other.cfg\n',
      'help.cfg': 'DISPLAY f1.txt\nPROMPT 1\nLABEL h\nLINUX h\n',
    };
    const text = `${MENU}${ENTRY}LABEL t
MENU LABEL ^Tools
MENU PASSWD x
KERNEL menu.c32
APPEND tools.cfg
LABEL o
CONFIG d/other.cfg d/
LABEL again
COM32 vesamenu.c32
LABEL h
CONFIG help.cfg
LABEL gone
CONFIG gone.cfg
`;
    const options = {
      fileName: '/srv/pxelinux.cfg/default',
      resolveInclude: (name: string) => files[name],
    };
    const { menu, diagnostics } = parseSyslinux(text, options);
    expect(menu.items).toMatchObject([
      { id: 'a' },
      {
        type: 'submenu',
        label: 'Tools',
        hotkey: 'T',
        passwordHash: 'x',
        timeoutSeconds: 3,
        defaultId: 'hw',
        items: [{ id: 'memtest' }, { id: 'hw' }, { type: 'back', id: 'main' }],
      },
      {
        type: 'submenu',
        id: 'o',
        items: [{ id: 'b', kernel: 'd/w', initrd: ['i'] }, { type: 'back' }],
      },
      { type: 'syslinux', directive: 'config', file: 'help.cfg' },
      { type: 'syslinux', directive: 'config', file: 'gone.cfg' },
    ]);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(renderGrub(menuOf(text.replace('MENU PASSWD x\n', ''), options))).toContain(
      "submenu 'Tools'",
    );
    const many = Array.from(
      { length: 6 },
      (_value, index) => `LABEL l${index}\nCONFIG d/other.cfg\n`,
    );
    const repeated = menuOf(`${MENU}${many.join('')}`, options).items.map(({ type }) => type);
    expect(repeated).toEqual([...Array<string>(4).fill('submenu'), 'syslinux', 'syslinux']);
  });

  it('are read from the files that the menu program is started with', () => {
    const files: Readonly<Record<string, string>> = {
      one: 'MENU TITLE One\nLABEL a\nLINUX v\nTEXT HELP\n',
      two: 'MENU TITLE Two\nTIMEOUT 20\nLABEL b\nLINUX w\n',
    };
    const resolveInclude = (name: string) => files[name];
    const main = 'LABEL m\nLINUX m\n';
    expect(menuOf(`UI menu.c32 two\n${main}`, { resolveInclude })).toMatchObject({
      title: 'Two',
      timeoutSeconds: 2,
      items: [{ id: 'b' }],
    });
    const several = parseSyslinux(`UI menu.c32 two ~\n${main}`, { resolveInclude });
    expect(several.menu.items).toMatchObject([{ id: 'b' }, { id: 'm' }]);
    expect(several.lines.map(({ span }) => span.file)).not.toContain('(several files)');
    expect(menuOf(`UI menu.c32 gone\n${main}`, { resolveInclude }).items).toMatchObject([
      { id: 'm' },
    ]);
    const ends = parseSyslinux(`UI menu.c32 one\n`, { resolveInclude }).diagnostics;
    expect(ends.map(({ span }) => span?.file)).toContain('one');
  });

  it('continue with the other configuration if CONFIG is the default', () => {
    const files: Readonly<Record<string, string>> = {
      other: 'DEFAULT c2\nLABEL c2\nCONFIG third\n',
      third: 'UI menu.c32\nTIMEOUT 20\nLABEL z\nLINUX z\n',
      loop: 'DEFAULT l\nLABEL l\nCONFIG loop\n',
    };
    const resolveInclude = (name: string) => files[name];
    const start = (file: string) =>
      parseSyslinux(`DEFAULT c\nLABEL c\nCONFIG ${file}\n`, { resolveInclude });
    expect(start('other')).toMatchObject({
      start: { shows: 'menu' },
      menu: { items: [{ id: 'z' }] },
    });
    expect(start('gone').start.shows).toBe('boot');
    expect(start('loop').start.shows).toBe('boot');
  });
});

describe('files of real-mode programs', () => {
  const menu: Menu = {
    title: '',
    defaultId: 'linux',
    timeoutSeconds: 5,
    items: [
      { type: 'linux', id: 'mem', label: 'Memory', kernel: '::memtest86+.bin', args: 'a' },
      { type: 'linux', id: 'iso', label: 'ISO', kernel: 'boot/memdisk', initrd: ['x.iso'] },
      { type: 'chain', id: 'nbp', label: 'NBP', program: 'undionly.kpxe' },
      {
        type: 'submenu',
        id: 'sub',
        label: 'Sub',
        items: [
          { type: 'linux', id: 'disk', label: 'Disk', kernel: 'memdisk' },
          { type: 'back', id: 'u', label: 'U' },
        ],
      },
      { type: 'linux', id: 'linux', label: 'Linux', kernel: 'v' },
    ],
  };

  it('are started by 16-bit commands under BIOS, and hidden under UEFI', () => {
    const { ok, findings } = safeRenderGrub(menu);
    expect(ok).toBe(true);
    expect(findings.filter(({ code }) => code === 'bios-only')).toHaveLength(4);
    const text = renderGrub(menu);
    expect(text).toContain(
      `if [ "$grub_platform" = pc ]; then\n  set default='4'\n  set timeout=5\nelse\n  set default='0'\n  set timeout=5\nfi\n`,
    );
    expect(text).toContain('linux16 /memtest86+.bin a\n');
    expect(text).toContain('initrd16 /x.iso\n');
    expect(text).toContain('pxechainloader /undionly.kpxe\n');
    const ipxe = renderIpxe(menu);
    expect(ipxe).toContain('iseq ${platform} pcbios && item iso ISO ||\n');
    expect(ipxe).toContain('iseq ${platform} pcbios && item sub Sub ||\n');
  });

  it('are not replaced by another entry where UEFI cannot start them', () => {
    const text = renderGrub({ ...menu, defaultId: 'mem' });
    expect(text).toContain("  set default='0'\n  set timeout=5\nelse\n  set timeout=-1\nfi\n");
    const ipxe = renderIpxe({ ...menu, defaultId: 'mem' });
    expect(ipxe).toContain('iseq ${platform} pcbios || set waited 1\n');
    expect(renderIpxe({ ...menu, defaultId: 'mem', interaction: 'none' })).toContain(
      'iseq ${platform} pcbios && goto mem ||\n',
    );
  });
});

describe('file names of pxelinux', () => {
  it('are converted for GRUB and iPXE', () => {
    const grub = grubPaths();
    const server = grubPaths({ protocol: 'http', host: 'h', port: 81 });
    const cases: readonly (readonly [string, string | undefined, string | undefined])[] = [
      ['v', '/v', '(http,h:81)/v'],
      ['/v', '/v', '(http,h:81)/v'],
      ['::a/v', '/a/v', '(http,h:81)/a/v'],
      ['::/v', '/v', '(http,h:81)/v'],
      ['10.0.0.1::v', '(tftp,10.0.0.1)/v', '(tftp,10.0.0.1)/v'],
      ['a:b::v', '/a:b::v', '(http,h:81)/a:b::v'],
      ['http://srv:8/p/v', '(http,srv:8)/p/v', '(http,srv:8)/p/v'],
      ['HTTP://srv', '(http,srv)/', '(http,srv)/'],
      ['tftp://srv/v', '(tftp,srv)/v', '(tftp,srv)/v'],
      ['tftp://srv:70/v', undefined, undefined],
      ['https://srv/v', undefined, undefined],
      ['http://u:p@srv/v', undefined, undefined],
      ['http:///v', undefined, undefined],
      ['a,b::v', undefined, undefined],
      ['(hd0,1)/v', '(hd0,1)/v', '(hd0,1)/v'],
      ['(old)/v', '/(old)/v', '(http,h:81)/(old)/v'],
      ['(hd0', '/(hd0', '(http,h:81)/(hd0'],
      ['::(hd0)/v', '/(hd0)/v', '(http,h:81)/(hd0)/v'],
      ['10.0.0.1::(hd0)/v', '(tftp,10.0.0.1)/(hd0)/v', '(tftp,10.0.0.1)/(hd0)/v'],
      ['', undefined, undefined],
    ];
    for (const [name, plain, mapped] of cases) {
      expect([grub(name, 'kernel'), server(name, 'kernel')], name).toEqual([plain, mapped]);
    }
    const ipxe = ipxePaths();
    const based = ipxePaths('http://h:81/');
    for (const [name, plain, mapped] of [
      ['v', 'v', 'http://h:81/v'],
      ['/v', '/v', 'http://h:81/v'],
      ['::v', 'tftp://${next-server}/v', 'http://h:81/v'],
      ['10.0.0.1::v', 'tftp://10.0.0.1/v', 'tftp://10.0.0.1/v'],
      ['https://srv/v', 'https://srv/v', 'https://srv/v'],
    ] as const) {
      expect([ipxe(name, 'kernel'), based(name, 'kernel')], name).toEqual([plain, mapped]);
    }
  });

  it('that a loader cannot fetch leave out only their entry', () => {
    const items: Menu['items'] = [
      { type: 'linux', id: 'a', label: 'A', kernel: 'https://h/v' },
      { type: 'linux', id: 'b', label: 'B', kernel: 'v' },
    ];
    const { ok, findings } = safeRenderGrub({ title: '', items });
    expect(ok).toBe(true);
    expect(findings.map(({ code, path }) => `${code} ${path ?? ''}`)).toEqual([
      'unusable-file-name items[0]',
    ]);
    const none = safeRenderIpxe(
      { title: '', items },
      { resolve: (path) => (path === 'v' ? path : undefined) },
    );
    expect(none.findings.map(({ code }) => code)).toEqual(['unusable-file-name']);
    const expanded = safeRenderIpxe({
      title: '',
      items: [...items, { type: 'linux', id: 'c', label: 'C', kernel: '${x}' }],
    });
    expect(expanded.findings.map(({ code }) => code)).toEqual(['inexpressible-word']);
    expect(renderIpxe({ title: '', items, theme: { background: 'a b' } })).not.toContain('console');
    expect(renderIpxe({ title: '', items, theme: { background: '-p' } })).not.toContain('console');
  });
});

describe('quotes', () => {
  it('keep an argument together in GRUB and stay in the others', () => {
    const args = 'nuke="dwipe --autonuke" a="b" "c d=e f" x=\'y';
    const menu: Menu = {
      title: '',
      items: [{ type: 'linux', id: 'n', label: 'N', kernel: 'v', args }],
    };
    const command = grubCommands(renderGrub(menu)).find(([name]) => name === 'linux');
    expect(command).toEqual(['linux', '/v', 'nuke=dwipe --autonuke', 'a=b', 'c d=e f', "x='y"]);
    expect(renderSyslinux(menu)).toContain(`APPEND ${args}\n`);
    expect(renderIpxe(menu)).toContain(`kernel v ${args} ||`);
  });
});

describe('bytes', () => {
  it('are shown as a PC shows them, or as UTF-8 with a warning', () => {
    const cp437 = Buffer.from('UI menu.c32\nMENU TITLE Caf\x82\nLABEL a\nLINUX v\n', 'latin1');
    const parsed = parseSyslinux(cp437);
    expect([parsed.encoding, parsed.menu.title]).toEqual(['cp437', 'Café']);
    expect(told(cp437)).toEqual([]);
    const utf8 = parseSyslinux('UI menu.c32\nMENU TITLE Café\nLABEL a\nLINUX v\n');
    expect([utf8.encoding, utf8.menu.title]).toEqual(['utf-8', 'Café']);
    expect(utf8.diagnostics.map(({ message }) => message)).toEqual([
      'PC screens show "Café" as "Caf├⌐"; save the file in code page 437',
    ]);
    expect(parseSyslinux(cp437, { encoding: 'utf-8' }).menu.title).toBe('Caf\ufffd');
  });

  it('of a byte order mark and of UTF-16 are errors', () => {
    expect(told(`\ufeffDEFAULT a\n${ENTRY}`)).toEqual([
      '1 note unknown-directive',
      '1 error byte-order-mark',
      '1 error nothing-starts',
    ]);
    expect(told(`\ufeff# menu\nDEFAULT a\n${ENTRY}`)).toEqual([
      '1 note unknown-directive',
      '1 warning byte-order-mark',
    ]);
    expect(told(`\ufeff`)).toContain('1 warning byte-order-mark');
    for (const bytes of [
      Buffer.from('\ufeffUI menu.c32\n', 'utf16le'),
      Buffer.from('UI menu.c32\n', 'utf16le'),
      Buffer.from('\ufeffUI menu.c32\n', 'utf16le').swap16(),
      Buffer.from('UI menu.c32\n', 'utf16le').swap16(),
    ]) {
      expect(told(bytes)).toContain('1 error utf-16');
    }
  });

  it('of a no-break space are skipped before a value, as in ISO 8859-1', () => {
    expect(
      parseSyslinux(Buffer.from('DEFAULT \xa0a\nLABEL a\nLINUX v\n', 'latin1')).core.defaultCommand,
    ).toBe('a');
  });
});

describe('the checker', () => {
  it('answers questions from public forums, on the right line', () => {
    const cases: readonly (readonly [string, string])[] = [
      [ENTRY, '1 error nothing-starts'],
      [`IMPLICIT 0\nDEFAULT menu.c32\n${ENTRY}`, '1 error implicit-with-ui'],
      [`DEFAULT menu.c32\nDEFAULT a\n${ENTRY}`, '2 warning no-menu'],
      [`DEFAULT aa\n${ENTRY}`, '1 warning unknown-label'],
      [`${MENU}DEFAULT b\n${ENTRY}`, '2 warning unknown-label'],
      [`${MENU}ONTIMEOUT b\n${ENTRY}`, '2 warning unknown-label'],
      [`${MENU}${ENTRY}APPEND initrd=a.gz, b.gz\n`, '4 error initrd-blank'],
      [`${MENU}${ENTRY}INITRD a.gz, b.gz\n`, '4 error initrd-blank'],
      [`${MENU}${ENTRY}INITRD a.gz,\n`, '4 error initrd-blank'],
      [`APPEND initrd=a,\n${MENU}${ENTRY}`, '3 error initrd-blank'],
      [`${MENU}${ENTRY}APPEND initrd=a.gz\nINITRD b.gz\n`, '5 warning second-initrd'],
      [`${MENU}LABEL a\nKERNEL x.bin\n`, '3 warning suffix-decides'],
      [`${MENU}LABEL a\nKERNEL x.bin\nINITRD i\n`, '3 error suffix-decides'],
      [`${MENU}LABEL a\nKERNEL vmlinuz-5.0\n`, '3 error suffix-decides'],
      [`${MENU}LABEL a\nKERNEL b/undionly.kpxe\n`, '3 error suffix-decides'],
      [`${MENU}LABEL a\nKERNEL x.iso\n`, '3 error suffix-decides'],
      [`${MENU}LABEL a\nKERNEL x.com\n`, '3 error suffix-decides'],
      [`${MENU}${ENTRY}APPEND a\nAPPEND b\n`, '5 warning repeated-directive'],
      [`${MENU}${ENTRY}KERNEL w\n`, '4 warning repeated-directive'],
      [`${MENU}${ENTRY}MENU DEFAULT\nLABEL b\nLINUX w\nMENU DEFAULT\n`, '5 warning second-default'],
      [`${MENU}LABEL a\nMENU LABEL A\n`, '2 warning no-kernel'],
      [`${MENU}INCLUDE x # note\n${ENTRY}`, '2 warning comment-in-line'],
      [`${MENU}${ENTRY}APPEND quiet # not noisy\n`, '4 warning comment-in-line'],
      [`${MENU}${ENTRY}APPEND quiet \\\n splash\n`, '4 warning line-continuation'],
      [`${MENU}LABEL a\nLINUX https://h/v\n`, '3 error unsupported-scheme'],
      [`${MENU}${ENTRY}APPEND initrd=nfs://h/v\n`, '4 error unsupported-scheme'],
      [`${MENU}LABEL a\nLINUX http://h/v\n`, '3 note needs-lpxelinux'],
      [`${MENU}TIMEOUT 5\n${ENTRY}MENU DEFAULT\n`, '2 warning short-timeout'],
      [`${MENU}TIMEOUT 5s\n${ENTRY}MENU DEFAULT\n`, '2 warning bad-number'],
      [`${MENU}TIMEOUT soon\n${ENTRY}MENU DEFAULT\n`, '2 warning bad-number'],
      [`${MENU}TIMEOUT 99999999\n${ENTRY}`, '2 warning bad-number'],
      [`${MENU}LABEL a\nKERNAL v\n`, '3 warning misspelled'],
      [`${MENU}MENU TITEL x\n${ENTRY}`, '2 warning misspelled'],
      [`${MENU}LABLE a\n${ENTRY}`, '2 warning misspelled'],
      [`${MENU}MENU DEFAULT\n${ENTRY}`, '2 warning outside-label'],
    ];
    for (const [text, finding] of cases) {
      expect(told(text), text).toContain(finding);
    }
  });

  it('reports nothing about what works', () => {
    for (const text of [
      `${MENU}${ENTRY}`,
      `DEFAULT vesamenu.c32\nPROMPT 0\nTIMEOUT 300\n; a comment\n// another\n${ENTRY}MENU DEFAULT\n`,
      `${MENU}LABEL a b\nKERNEL pxelinux.0\nAPPEND -\nLABEL two words\nLOCALBOOT 0\n`,
      `${MENU}MENU BACKGROUND #ff000000\n${ENTRY}INITRD a,b\nAPPEND x=#y\n`,
      `DEFAULT menu\n${ENTRY}`,
      `${MENU}DEFAULT menu.c32\n${ENTRY}LABEL b\nLINUX w\nMENU DISABLE\n`,
    ]) {
      expect(told(text), text).toEqual([]);
    }
  });

  it('names the word and suggests the intended one', () => {
    const messages = (text: string) =>
      parseSyslinux(text).diagnostics.map(({ message }) => message);
    expect(messages(`${MENU}${ENTRY}LABEL b\nKERNAL v\nLINUX v\n`)).toContain(
      '"KERNAL" does nothing; did you mean KERNEL?',
    );
    expect(messages(`DEFAULT instal\nLABEL install\nLINUX v\n`)[0]).toContain(
      'did you mean "install"?',
    );
  });

  it('distinguishes modules of different syslinux versions', () => {
    const elf = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 1);
    const com32r = Uint8Array.of(0xb8, 0xff, 0x4c, 0xcd, 0x21);
    const check = (modules: Readonly<Record<string, Uint8Array>>, text = `${MENU}${ENTRY}`) =>
      told(text, {
        hasFile: (name) => name in modules || name === 'v',
        readStart: (name) => modules[name],
      });
    const [ldlinux, util] = [{ 'ldlinux.c32': elf }, { 'libutil.c32': elf }];
    expect(check({ 'menu.c32': elf, ...ldlinux, ...util })).toEqual([]);
    expect(check({ 'menu.c32': com32r })).toEqual([]);
    expect(check({ 'menu.c32': com32r, ...ldlinux })).toEqual(['1 error other-module-kind']);
    expect(check({ 'menu.c32': elf, ...util })).toEqual(['1 error missing-library']);
    expect(check({ 'menu.c32': Uint8Array.of(0x3c, 0x68), ...ldlinux })).toEqual([
      '1 error other-module-kind',
    ]);
    expect(check({}, 'DEFAULT vesamenu.c32 more.cfg ~\nLABEL a\nLINUX v\n')).toEqual([
      '1 error missing-file',
      '1 error missing-file',
    ]);
    const url = `${MENU}LABEL a\nLINUX http://h/v\nINITRD tftp://h/i\nLABEL b\nLINUX h::x\nLABEL c\nLOCALBOOT 0\n`;
    const all = { 'menu.c32': com32r, 'pxelinux.0': elf };
    expect(check(all, url)).toEqual(['3 note needs-lpxelinux', '3 warning needs-lpxelinux']);
    expect(check({ ...all, 'lpxelinux.0': elf }, url)).toEqual(['3 note needs-lpxelinux']);
    expect(check({ 'menu.c32': com32r, 'pxelinux.0': elf }, `${MENU}FONT f.psf\n${ENTRY}`)).toEqual(
      ['2 error missing-file'],
    );
    expect(check({}, `DEFAULT a\n${ENTRY}INITRD i,j\n`)).toEqual([
      '2 error missing-file',
      '2 error missing-file',
    ]);
  });
});

describe('settings that only syslinux has', () => {
  it('are noted once each', () => {
    const text = `${MENU}NOESCAPE 1\nTOTALTIMEOUT 600\nF1 a.txt\nSAY x\nDISPLAY d\nPATH p\n${ENTRY}MENU HIDE\nLABEL b\nLINUX w\nMENU BEGIN s\nMENU MASTER PASSWD x\nLABEL c\nLINUX c\nLABEL q\nMENU QUIT\nMENU END\n`;
    const noted = parseSyslinux(text)
      .diagnostics.filter(({ code }) => code === 'not-in-model')
      .map(({ span }) => span?.line);
    expect(noted).toEqual([2, 3, 4, 5, 6, 7, 10, 13, 17]);
  });
});
