import { describe, expect, it } from 'vitest';

import { safeRenderGrub } from '../src/dialects/grub/index.js';
import { safeRenderIpxe } from '../src/dialects/ipxe/index.js';
import {
  type Menu,
  parseSyslinux,
  type ParseSyslinuxOptions,
  renderSyslinux,
  safeRenderSyslinux,
  unattendedBoot,
} from '../src/index.js';

// Made-up files with the shapes of menus that distributions, boards and people publish.

function options(files: Readonly<Record<string, string>> = {}): ParseSyslinuxOptions {
  return { resolveInclude: (name) => files[name] };
}

function told(text: string, given: ParseSyslinuxOptions = {}): readonly string[] {
  return parseSyslinux(text, given)
    .diagnostics.filter(({ code }) => code !== 'not-in-model')
    .map(({ severity, code, span }) => `${span?.line ?? 0} ${severity} ${code}`);
}

function boots(menu: Menu): string {
  const boot = unattendedBoot(menu);
  return boot === undefined ? 'waits' : `${boot.entry.id} ${boot.seconds}`;
}

describe('a countdown that leads to another menu', () => {
  const MAIN =
    'DEFAULT menu.c32\nTIMEOUT 100\nLABEL tools\n  KERNEL menu.c32\n  APPEND tools.cfg\n' +
    'LABEL live\n  MENU DEFAULT\n  KERNEL menu.c32\n  APPEND live.cfg\nLABEL disk\n  LOCALBOOT 0\n';
  const WAITING = 'LABEL x\n  LINUX live/vmlinuz\n';
  const COUNTING = `TIMEOUT 55\n${WAITING}LABEL y\n  MENU DEFAULT\n  LINUX live/other\n`;

  it('boots the entry that the other menu boots, after both timeouts, in every dialect', () => {
    const { menu } = parseSyslinux(MAIN, options({ 'live.cfg': COUNTING }));
    expect(menu).toMatchObject({ defaultId: 'y', selectedId: 'live', timeoutSeconds: 15.5 });
    expect(boots(parseSyslinux(renderSyslinux(menu)).menu)).toBe('y 15.5');
    expect(safeRenderGrub(menu)).toMatchObject({
      ok: true,
      text: expect.stringMatching(/set default='0>1'\nset timeout=16\n/) as unknown,
    });
  });

  it('waits if the other menu waits, with that menu selected', () => {
    const { menu, diagnostics } = parseSyslinux(MAIN, options({ 'live.cfg': WAITING }));
    expect(boots(menu)).toBe('waits');
    expect(menu.selectedId).toBe('live');
    expect(diagnostics.map(({ code }) => code)).toContain('clock-changed');
    expect(diagnostics.map(({ code }) => code)).not.toContain('default-not-bootable');
  });

  it('counts from the boot prompt as well, if the menu is not a label', () => {
    const prompt =
      'DEFAULT m\nPROMPT 1\nTIMEOUT 30\nLABEL m\n  CONFIG live.cfg\nLABEL v\n  LINUX v\n';
    const { menu } = parseSyslinux(prompt, options({ 'live.cfg': `UI menu.c32\n${COUNTING}` }));
    expect(menu).toMatchObject({ interaction: 'prompt', defaultId: 'y', selectedId: 'm' });
    expect(menu.timeoutSeconds).toBe(8.5);
    expect(renderSyslinux(menu)).toMatch(/^DEFAULT y\n/);
    const idle = parseSyslinux(prompt, options({ 'live.cfg': `UI menu.c32\n${WAITING}` })).menu;
    expect(idle).toMatchObject({ interaction: 'prompt', selectedId: 'm' });
    expect(idle.defaultId).toBeUndefined();
    expect(renderSyslinux(idle)).toMatch(/^PROMPT 1\n/);
  });
});

describe('a prompt', () => {
  it('boots the local disk whatever follows its label', () => {
    const text =
      'DEFAULT a\nPROMPT 1\nTIMEOUT 30\nONTIMEOUT disk 0\nLABEL a\n  LINUX v\nLABEL disk\n  LOCALBOOT 0\n';
    const { menu, diagnostics } = parseSyslinux(text);
    expect(boots(menu)).toBe('disk 3');
    expect(diagnostics).toEqual([]);
  });

  it('treats labels with MENU HIDE like others', () => {
    const text =
      'DEFAULT live\nTIMEOUT 150\nONTIMEOUT disk\nPROMPT 1\nLABEL live\n  KERNEL v\n' +
      'LABEL disk\n  LOCALBOOT -1\n  MENU HIDE\nLABEL off\n  MENU HIDE\n  MENU DISABLE\n  LINUX w\n';
    const { menu, diagnostics } = parseSyslinux(text);
    expect(diagnostics).toEqual([]);
    expect(menu.items.map((item) => 'id' in item && item.id)).toEqual(['live', 'disk']);
    expect(boots(menu)).toBe('disk 15');
  });

  it('may have a program of its own after UI, with or without its suffix', () => {
    const LABELS = 'LABEL a\n  LINUX v\n';
    for (const ui of ['gfxboot bootlogo', 'gfxboot.c32 bootlogo', 'isolinux/gfxboot bootlogo']) {
      const { menu, start } = parseSyslinux(`UI ${ui}\nTIMEOUT 50\n${LABELS}`);
      expect(start.unattended).toMatchObject({ type: 'boot', afterMs: 0 });
      const grub = safeRenderGrub(menu);
      expect(grub.ok && grub.text).toMatch(/^set default='0'\nset timeout=-1\n|^set timeout=-1\n/);
      expect(grub.findings.map(({ code }) => code)).toContain('default-left-out');
    }
    // A default command may also name a kernel.
    expect(parseSyslinux(`DEFAULT linux single\n`).menu.items[0]).toMatchObject({
      type: 'linux',
      kernel: 'linux',
      args: 'single',
    });
  });
});

describe('ramdisks', () => {
  it('follow the first initrd= of the line, even at the end of a word', () => {
    const text = 'DEFAULT a\nLABEL a\n  KERNEL v\n  APPEND ro initrd=i.gz skipinitrd=1 quiet\n';
    const { menu, diagnostics } = parseSyslinux(text);
    expect(diagnostics).toEqual([]);
    expect(menu.items[0]).toMatchObject({ initrd: ['i.gz'], args: 'ro skipinitrd=1 quiet' });
    // Syslinux would append an INITRD at the end of the line, and load "1" from "skipinitrd=1" instead.
    expect(renderSyslinux(menu)).toContain('  APPEND initrd=i.gz ro skipinitrd=1 quiet\n');
    expect(parseSyslinux(renderSyslinux(menu)).menu).toEqual(menu);
  });

  it('are read even from arguments that only look like one', () => {
    const item = { type: 'linux', id: 'a', label: 'A', kernel: 'v', args: 'skipinitrd=1' } as const;
    const { ok, findings } = safeRenderSyslinux({ title: '', items: [item] });
    expect(ok).toBe(false);
    expect(findings.map(({ code }) => code)).toContain('mangled-argument');
    expect(safeRenderGrub({ title: '', items: [item] }).ok).toBe(true);
  });
});

describe('restarting', () => {
  it('is a separate entry, whatever arguments reboot.c32 has', () => {
    const { menu } = parseSyslinux('UI menu.c32\nLABEL warm\n  COM32 reboot.c32\n  APPEND -w\n');
    expect(menu.items).toEqual([{ type: 'reboot', id: 'warm', label: 'warm', options: '-w' }]);
    expect(parseSyslinux(renderSyslinux(menu)).menu).toEqual(menu);
    for (const render of [safeRenderGrub, safeRenderIpxe]) {
      const { ok, findings } = render(menu);
      expect(ok).toBe(true);
      expect(findings).toMatchObject([{ code: 'not-appended', severity: 'note' }]);
    }
  });
});

describe('other configurations without a resolver', () => {
  it('are reported, whatever program reads them', () => {
    const text =
      'UI menu.c32\nLABEL a\n  KERNEL menu.c32\n  APPEND x.cfg\nLABEL b\n  CONFIG y.cfg\n' +
      'LABEL c\n  COM32 boot/vesamenu\n  APPEND z.cfg\nLABEL d\n  COM32 hdt.c32\nLABEL e\n  LINUX v\n';
    for (const render of [safeRenderGrub, safeRenderIpxe]) {
      const left = render(parseSyslinux(text).menu)
        .findings.filter(({ code }) => code === 'left-out')
        .map(({ message }) => /only syslinux can (read|start)/.exec(message)?.[1]);
      expect(left).toEqual(['read', 'read', 'read', 'start']);
    }
  });

  it('leave open which menu appears', () => {
    expect(told('PROMPT 1\nTIMEOUT 10\nONTIMEOUT menu.c32 x.cfg\nLABEL a\n  LINUX v\n')).toContain(
      '1 note include-missing',
    );
    expect(told('DEFAULT menu.c32 menu/default\nLABEL a\n  LINUX v\n')).toEqual([
      '1 note include-missing',
    ]);
    expect(told('UI menu.c32 a.cfg b.cfg\nLABEL a\n  LINUX v\n')).toEqual([
      '1 note include-missing',
    ]);
  });

  it('may contain the entries that are missing here', () => {
    const empty = (text: string, files?: Readonly<Record<string, string>>): readonly string[] =>
      told(text, options(files)).filter((line) => line.includes('empty-menu'));
    const top = 'UI menu.c32\nMENU INCLUDE a.cfg\n';
    expect(empty(top)).toEqual(['1 note empty-menu']);
    expect(empty(top, { 'a.cfg': '' })).toEqual(['1 error empty-menu']);
    const submenu = `${top}LABEL x\n  LINUX v\nMENU INCLUDE b.cfg Others\n`;
    expect(empty(submenu, { 'a.cfg': '' })).toEqual(['5 note empty-menu']);
    expect(empty(submenu, { 'a.cfg': '', 'b.cfg': '' })).toEqual(['5 warning empty-menu']);
    expect(told('DEFAULT menu.c32 other.cfg\n')).toContain('1 note empty-menu');
  });

  it('may contain the DEFAULT that is missing here', () => {
    const part = 'INCLUDE head.cfg\nLABEL a\n  LINUX v\n';
    expect(told(part)).toContain('1 note nothing-starts');
    expect(told(part, options({ 'head.cfg': '' }))).toEqual(['1 error nothing-starts']);
    expect(told(part, { hasFile: (name) => name === 'v' })).toContain('1 error nothing-starts');
  });
});

describe('files that are common in practice', () => {
  const MENU = 'UI menu.c32\n';

  it('may explain a number in text after it', () => {
    expect(told(`${MENU}TIMEOUT 300 # 30 seconds\nLABEL a\n  MENU DEFAULT\n  LINUX v\n`)).toEqual(
      [],
    );
  });

  it('may start kernels named like EFI programs, and need no label for the first entry', () => {
    const text = `${MENU}TIMEOUT 50\nLABEL a\n  KERNEL /casper/vmlinuz.efi\n  APPEND initrd=i quiet\n`;
    expect(told(text)).toEqual(['2 note missing-default']);
    const { menu } = parseSyslinux(text);
    for (const render of [safeRenderSyslinux, safeRenderGrub, safeRenderIpxe]) {
      expect(render(menu).findings).toEqual([]);
    }
    expect(told(`${MENU}LABEL a\n  KERNEL shell.efi\n`)).toEqual(['3 error suffix-decides']);
  });

  it('get a finding for an ENDTEXT or a word in the wrong place', () => {
    expect(told(`${MENU}LABEL a\n  LINUX v\nENDTEXT\n`)).toEqual(['4 warning stray-endtext']);
    const { diagnostics } = parseSyslinux(`${MENU}TITLE T\nMENU TIMEOUT 50\nLABEL a\n  LINUX v\n`);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      '"TITLE" does nothing; did you mean MENU TITLE?',
      '"MENU TIMEOUT" does nothing; did you mean TIMEOUT?',
    ]);
  });

  it('lose only a screen that is switched off, and no default settings', () => {
    const lost = (line: string): readonly string[] =>
      parseSyslinux(`${MENU}${line}\nLABEL a\n  LINUX v\n`).diagnostics.map(({ code }) => code);
    expect(lost('CONSOLE 0')).toEqual(['not-in-model']);
    expect(lost('CONSOLE 1')).toEqual([]);
    expect(lost('NOHALT 0')).toEqual([]);
    expect(lost('NOHALT 1')).toEqual(['not-in-model']);
    expect(lost('DISPLAY boot.txt')).toEqual(['not-in-model']);
  });
});

describe("U-Boot's extlinux.conf", () => {
  const LABELS =
    'LABEL first one\n  KERNEL /vmlinuz-5.12.0\n  FDTDIR /dtbs\nLABEL second\n  LINUX /Image\n  FDT /a.dtb\n';
  const uBoot = (text: string): string => {
    const { menu } = parseSyslinux(text, { loader: 'u-boot' });
    return `${menu.interaction ?? 'menu'} ${boots(menu)}`;
  };

  it('boots the last of DEFAULT and ONTIMEOUT, otherwise the first MENU DEFAULT, otherwise the first label', () => {
    expect(uBoot(LABELS)).toBe('none first-one 0');
    expect(uBoot(`DEFAULT second\n${LABELS}`)).toBe('none second 0');
    expect(uBoot(`ONTIMEOUT second\nDEFAULT first one\n${LABELS}`)).toBe('none first-one 0');
    expect(uBoot(`DEFAULT first one\n${LABELS}ONTIMEOUT second\n`)).toBe('none second 0');
    expect(uBoot(`${LABELS}  MENU DEFAULT\nLABEL c\n  LINUX c\n  MENU DEFAULT\n`)).toBe(
      'none second 0',
    );
    expect(uBoot(`DEFAULT first one\n${LABELS}  MENU DEFAULT\n`)).toBe('none first-one 0');
  });

  it('shows its menu for whole seconds, if PROMPT or an earlier MENU line says so', () => {
    expect(uBoot(`MENU TITLE T\nTIMEOUT 31\n${LABELS}`)).toBe('menu first-one 4');
    expect(uBoot(`MENU TITLE T\nPROMPT 0\nTIMEOUT 31\n${LABELS}`)).toBe('none first-one 0');
    expect(uBoot(`PROMPT 10\nTIMEOUT 10\n${LABELS}`)).toBe('menu first-one 1');
    expect(uBoot(`PROMPT 1\n${LABELS}`)).toBe('menu waits');
    expect(uBoot(`PROMPT 0\nMENU TITLE T\n${LABELS}`)).toBe('menu waits');
    expect(uBoot(`TIMEOUT -5\nPROMPT 1\n${LABELS}`)).toBe('menu waits');
  });

  it('reports a default that is not a label, and boots the first', () => {
    const text = `DEFAULT secnd\n${LABELS}`;
    expect(uBoot(text)).toBe('none first-one 0');
    expect(told(text)).toEqual(['1 warning unknown-label']);
    expect(told('DEFAULT x\nFDTDIR d\nLABEL a\n')).not.toContain('1 warning unknown-label');
  });

  it('starts kernels with any suffix, and labels with blanks', () => {
    const { menu, diagnostics } = parseSyslinux(`DEFAULT first one\n${LABELS}`);
    expect(diagnostics).toEqual([]);
    expect(menu.items[0]).toMatchObject({
      type: 'linux',
      kernel: '/vmlinuz-5.12.0',
      deviceTreeDir: '/dtbs',
    });
  });

  it('uses the first ramdisk and device tree, and the last kernel and arguments', () => {
    const text =
      'LABEL a\n  LINUX /old\n  LINUX /new\n  INITRD /one\n  INITRD /two\n  FDT /a.dtb\n  DEVICETREE /b.dtb\n' +
      '  APPEND old\n  APPEND new initrd=/three\n  FDTOVERLAYS /a.dtbo\n  DEVICETREE-OVERLAY /b.dtbo\n' +
      '  DEVICETREEDIR /d\n  FDTDIR /e\n  IPAPPEND 2\n  KASLRSEED\n  SAY hello\n';
    expect(parseSyslinux(text).menu.items).toEqual([
      {
        type: 'linux',
        id: 'a',
        label: 'a',
        kernel: '/new',
        initrd: ['/one'],
        args: 'new',
        deviceTree: '/a.dtb',
        deviceTreeDir: '/d',
        deviceTreeOverlays: ['/a.dtbo'],
        appendBootif: true,
      },
    ]);
    const named = 'LABEL a\n  LINUX /v\n  FDT /d\n  APPEND initrd=/one x\n  INITRD /two\n';
    expect(parseSyslinux(named).menu.items[0]).toMatchObject({ initrd: ['/one'], args: 'x' });
  });

  it('ignores separators and menus of syslinux', () => {
    const text =
      'LABEL a\n  LINUX v\n  FDT d\n  APPEND x\nMENU SEPARATOR\nMENU BEGIN s\nLABEL b\n  LINUX w\nMENU END\n';
    const { menu, loaded } = parseSyslinux(text);
    expect(menu.items.map((item) => 'id' in item && item.id)).toEqual(['a', 'b']);
    expect(menu.items[0]).toMatchObject({ args: 'x' });
    expect(loaded.menus).toHaveLength(2);
  });

  it('ends a label at any directive that labels do not have', () => {
    const text =
      'LABEL a\n  LINUX /v\n  FDT /d\n  SYSAPPEND 3\n  APPEND quiet\nLABEL b\n  NOSUCH 1\n  LINUX /w\n';
    const { menu } = parseSyslinux(text);
    expect(menu.items[0]).not.toHaveProperty('args');
    // U-Boot skips a label without a kernel.
    expect(menu.items[1]).toEqual({ type: 'separator', label: 'b' });
    const skipped = parseSyslinux('DEFAULT b\nLABEL a\n  LINUX v\n  FDT d\nLABEL b\n  FDT d\n');
    expect(skipped.diagnostics).toMatchObject([{ code: 'no-kernel' }]);
    expect(boots(skipped.menu)).toBe('a 0');
  });

  it('starts FIT images, and leaves for the disk with LOCALBOOT', () => {
    // Any MENU line before the labels shows the menu; inside a label, it does not end the label.
    const included = parseSyslinux('MENU INCLUDE x\nLABEL a\n  MENU INCLUDE y\n  LINUX v\n', {
      loader: 'u-boot',
    });
    expect(included.start.shows).toBe('menu');
    expect(included.menu.items).toMatchObject([{ id: 'a', kernel: 'v' }]);
    const fit = parseSyslinux('LABEL a\n  FIT /x.itb#conf\n', { loader: 'u-boot' });
    expect(fit.menu.items[0]).toMatchObject({ type: 'linux', kernel: '/x.itb#conf' });
    expect(uBoot('LABEL a\n  LOCALBOOT 1\n')).toBe('none a 0');
    expect(
      parseSyslinux('LABEL a\n  LINUX v\n  FDT d\n', { loader: 'syslinux' }).start.loader,
    ).toBe(undefined);
  });

  it('is rendered so that U-Boot shows its menu as before', () => {
    for (const head of [
      '',
      'MENU TITLE T\nTIMEOUT 50\n',
      'MENU TITLE T\nPROMPT 0\n',
      'PROMPT 1\n',
    ]) {
      const { menu } = parseSyslinux(`${head}${LABELS}`);
      const again = parseSyslinux(renderSyslinux(menu), { loader: 'u-boot' }).menu;
      expect(again.interaction, head).toBe(menu.interaction);
      expect(boots(again), head).toBe(boots(menu));
    }
  });
});

describe('findings about the model', () => {
  it('point to the line that sets the part', () => {
    const text =
      'UI menu.c32\nMENU RESOLUTION 1 2\nMENU MARGIN 9999\nMENU PASSPROMPT \u0007x\nLABEL a\n  LINUX v\n' +
      'LABEL b\n  LINUX w\n  MENU INDENT 999\nLABEL c\n  MENU LABEL C\n  KERNEL\n' +
      'LABEL d\n  MENU LABEL D\n  LINUX v\n  APPEND -\n';
    expect(told(text)).toEqual([
      '2 warning bad-number',
      '3 warning bad-number',
      '9 warning bad-number',
      '10 warning left-out',
      '12 warning bad-path',
    ]);
  });

  it('name the number that syslinux reads for a LOCALBOOT without one', () => {
    const text =
      'UI menu.c32\nLABEL a\n  LOCALBOOT first\nLABEL b\n  LOCALBOOT\nLABEL c\n  LOCALBOOT 0X80 # x\nLABEL d\n  LOCALBOOT 8x\n';
    expect(told(text)).toEqual(['3 warning bad-number', '9 warning bad-number']);
  });

  it('name settings of a submenu that other loaders apply to all menus', () => {
    const text =
      'UI menu.c32\nLABEL a\n  LINUX v\nMENU BEGIN s\nALLOWOPTIONS 0\nONTIMEOUT a\nLABEL b\n  LINUX w\nMENU END\n';
    const { diagnostics } = parseSyslinux(text);
    expect(diagnostics.map(({ code, span }) => `${span?.line} ${code}`)).toEqual([
      '4 not-in-model',
      '4 not-in-model',
    ]);
  });
});

describe('ramdisks of an INITRD', () => {
  it('end at a blank', () => {
    const initrd = (value: string): readonly string[] =>
      told(`UI menu.c32\nLABEL a\n  LINUX v\n  INITRD ${value}\n`);
    expect(initrd('a.gz b.gz')).toEqual(['4 warning initrd-blank']);
    expect(initrd('a.gz, b.gz')).toEqual(['4 error initrd-blank']);
    expect(initrd('a.gz ,b.gz')).toEqual([]);
    expect(initrd('a.gz # b.gz')).toEqual(['4 warning comment-in-line']);
    expect(initrd('a.gz,b.gz ')).toEqual([]);
  });
});

describe('menus of several files', () => {
  it('have the entries of all files, including the main one', () => {
    const text =
      'UI menu.c32\nLABEL a\n  LINUX v\nLABEL all\n  KERNEL menu.c32\n  APPEND ~ other.cfg\n';
    const { menu } = parseSyslinux(text, options({ 'other.cfg': 'LABEL z\n  LINUX w\n' }));
    expect(menu.items[1]).toMatchObject({
      type: 'submenu',
      items: [{ label: 'a' }, { type: 'back' }, { label: 'z' }],
    });
  });

  it('may be read by config.c32, too', () => {
    const text =
      'UI menu.c32\nLABEL a\n  COM32 config.c32\n  APPEND other.cfg\nLABEL b\n  COM32 config.c32\n';
    const { menu } = parseSyslinux(
      text,
      options({ 'other.cfg': 'UI menu.c32\nLABEL z\n  LINUX w\n' }),
    );
    expect(menu.items).toMatchObject([
      { type: 'submenu', items: [{ label: 'z' }] },
      { type: 'syslinux', directive: 'com32', file: 'config.c32' },
    ]);
  });
});

describe('tftp:// in GRUB', () => {
  it('may name the default port', () => {
    const { menu } = parseSyslinux('UI menu.c32\nLABEL a\n  LINUX tftp://192.0.2.1:69/v\n');
    expect(safeRenderGrub(menu)).toMatchObject({
      text: expect.stringContaining('linux (tftp,192.0.2.1)/v') as unknown,
    });
  });
});
