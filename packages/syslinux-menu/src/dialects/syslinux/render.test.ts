import { describe, expect, it } from 'vitest';

import { serverMenu } from '../../../test/support/menus.js';
import { type Menu, type MenuItem } from '../../model/menu.js';
import { renderSyslinux, safeRenderSyslinux } from './render.js';

const linux = {
  type: 'linux',
  id: 'linux',
  label: 'Linux',
  kernel: 'vmlinuz',
  initrd: ['initrd.gz'],
  args: '',
} as const satisfies MenuItem;

function codes(result: ReturnType<typeof safeRenderSyslinux>): string[] {
  return result.findings.map(({ severity, code }) => `${severity} ${code}`);
}

describe('renderSyslinux', () => {
  it('writes a server menu with URLs, submenus, help and back entries', () => {
    const result = safeRenderSyslinux(serverMenu, {
      resolve: (path) => `http://10.0.0.1:8069${path}`,
    });
    expect(result.findings).toEqual([]);
    expect(result.ok && result.text).toBe(`UI vesamenu.c32
PROMPT 0
TIMEOUT 300
MENU TITLE Debian network install
MENU BEGIN trixie-amd64-text
  MENU LABEL Debian 1^3 amd64
  MENU TITLE Debian 13 (trixie) amd64
  LABEL trixie-amd64-text-install
    MENU LABEL ^Install
    LINUX http://10.0.0.1:8069/debian/trixie/20250803+deb13u7/amd64/text/linux
    INITRD http://10.0.0.1:8069/debian/trixie/20250803+deb13u7/amd64/text/initrd.gz
    APPEND vga=788 --- quiet
    SYSAPPEND 2
  TEXT HELP
Installs Debian 13.
  Text screens, works everywhere.
  ENDTEXT
  LABEL trixie-amd64-text-expert
    MENU LABEL E^xpert install
    LINUX http://10.0.0.1:8069/debian/trixie/20250803+deb13u7/amd64/text/linux
    INITRD http://10.0.0.1:8069/debian/trixie/20250803+deb13u7/amd64/text/initrd.gz
    APPEND priority=low vga=788 ---
    SYSAPPEND 2
  LABEL trixie-amd64-text..back
    MENU LABEL Back
    MENU EXIT
MENU END
MENU SEPARATOR
LABEL local
  MENU LABEL Boot from ^local disk
  MENU DEFAULT
  LOCALBOOT 0
`);
  });

  it('writes every setting and every kind of entry', () => {
    const menu: Menu = {
      title: 'All',
      defaultId: 'local',
      timeoutSeconds: 0.5,
      hidden: true,
      allowEditing: false,
      serial: { port: 0, baud: 115_200 },
      resolution: { width: 800, height: 600 },
      masterPasswordHash: '$5$salt$hash',
      theme: {
        background: '/splash.png',
        colors: {
          sel: {
            ansi: '7;37;40',
            foreground: '#ffffffff',
            background: '#40000000',
            shadow: 'none',
          },
          title: { foreground: '#ffffffff' },
          help: {},
          tabmsg: { shadow: 'std' },
        },
        layout: { vshift: 8, rows: 10 },
        tabMessage: '',
        autobootMessage: 'Local disk in # second{,s}',
      },
      items: [
        { type: 'separator', label: 'Entries' },
        { ...linux, systemInfo: ['ip', 'cpu'], initrd: ['a', 'b'], disabled: true, indent: 2 },
        { type: 'chain', id: 'chain', label: 'Chain', program: 'pxelinux.0' },
        { type: 'reboot', id: 'reboot', label: 'Reboot' },
        { type: 'poweroff', id: 'off', label: 'Off' },
        {
          type: 'syslinux',
          id: 'hdt',
          label: 'Hardware',
          directive: 'com32',
          file: 'hdt.c32',
          args: 'quiet',
          passwordHash: '$6$salt$hash',
        },
        {
          type: 'submenu',
          id: 'sub',
          label: 'Sub',
          passwordHash: '$1$salt$hash',
          theme: { background: '#80112233' },
          items: [
            { type: 'local', id: 'local', label: 'Disk', method: 'next-device' },
            { type: 'back', id: 'up', label: 'Up', hotkey: 'U' },
          ],
        },
      ],
    };
    expect(renderSyslinux(menu, { ui: 'menu.c32' })).toBe(`SERIAL 0 115200
UI menu.c32
PROMPT 0
ALLOWOPTIONS 0
NOESCAPE 1
TIMEOUT 5
ONTIMEOUT local
MENU HIDDEN
MENU RESOLUTION 800 600
MENU MASTER PASSWD $5$salt$hash
MENU TITLE All
MENU BACKGROUND /splash.png
MENU COLOR title * #ffffffff
MENU COLOR sel 7;37;40 #ffffffff #40000000 none
MENU COLOR tabmsg * * * std
MENU COLOR help
MENU ROWS 10
MENU VSHIFT 8
MENU AUTOBOOT Local disk in # second{,s}
MENU TABMSG
LABEL ..heading-1
  MENU LABEL Entries
  MENU DISABLE
LABEL linux
  MENU LABEL Linux
  MENU DISABLE
  MENU INDENT 2
  LINUX vmlinuz
  INITRD a,b
  SYSAPPEND 9
LABEL chain
  MENU LABEL Chain
  PXE pxelinux.0
LABEL reboot
  MENU LABEL Reboot
  COM32 reboot.c32
LABEL off
  MENU LABEL Off
  COM32 poweroff.c32
LABEL hdt
  MENU LABEL Hardware
  MENU PASSWD $6$salt$hash
  COM32 hdt.c32
  APPEND quiet
MENU BEGIN sub
  MENU LABEL Sub
  MENU PASSWD $1$salt$hash
  MENU DEFAULT
  MENU BACKGROUND #80112233
  LABEL local
    MENU LABEL Disk
    MENU DEFAULT
    LOCALBOOT -1
  LABEL up
    MENU LABEL ^Up
    MENU EXIT
MENU END
`);
  });

  it('writes a boot: prompt when there is no menu program', () => {
    const result = renderSyslinux(
      { ...serverMenu, serial: { port: 1 }, title: 'Prompt', allowEditing: false },
      { ui: 'none' },
    );
    expect(result.split('\n').slice(0, 10)).toEqual([
      'SERIAL 1 9600',
      'DEFAULT local',
      'PROMPT 1',
      'SAY Prompt',
      'SAY trixie-amd64-text-install - Install',
      'SAY trixie-amd64-text-expert - Expert install',
      'SAY local - Boot from local disk',
      'ALLOWOPTIONS 0',
      'NOESCAPE 1',
      'IMPLICIT 0',
    ]);
    const off = { ...linux, id: 'off', disabled: true };
    const bare = renderSyslinux({ title: '', items: [linux, off] }, { ui: 'none' });
    expect(bare).toMatch(/^PROMPT 1\nSAY linux - Linux\nLABEL linux\n/);
  });

  it('cleans invalid parts, with the findings of validateMenu as warnings', () => {
    const result = safeRenderSyslinux({ title: 'two\nlines', items: [linux] });
    expect(result.ok && result.text).toContain('MENU TITLE two lines\n');
    expect(codes(result)).toEqual(['warning control-character']);
  });

  it('throws only if nothing is left that could be started, and reports the findings first', () => {
    const locked = { ...linux, passwordHash: 'grub.pbkdf2.sha512.1.AB.CD' };
    const told: string[] = [];
    const onFinding = ({ code }: { code: string }): void => void told.push(code);
    expect(() => renderSyslinux({ title: '', items: [locked] }, { onFinding })).toThrow(
      /the menu has no entry .*\[nothing-left\]/,
    );
    expect(told).toEqual(['left-out', 'nothing-left']);
    told.length = 0;
    const text = renderSyslinux(
      { title: '', items: [locked, { ...linux, id: 'b' }] },
      { onFinding },
    );
    expect(text).toContain('LABEL b\n');
    expect(told).toEqual(['left-out']);
  });

  it('leaves out items whose password it cannot check, rather than leaving them open', () => {
    const hash = 'grub.pbkdf2.sha512.10000.AB.CD';
    const result = safeRenderSyslinux({
      title: '',
      items: [
        linux,
        { ...linux, id: 'locked', passwordHash: hash },
        {
          type: 'submenu',
          id: 'sub',
          label: 'Sub',
          items: [{ ...linux, id: 'inner', passwordHash: hash }],
        },
      ],
    });
    expect(codes(result)).toEqual(['warning left-out', 'warning left-out', 'warning left-out']);
    expect(result.ok && result.text).not.toMatch(/locked|sub/);
    const prompt = safeRenderSyslinux(
      { title: '', items: [linux, { ...linux, id: 'locked', passwordHash: '$6$a$b' }] },
      { ui: 'none' },
    );
    expect(codes(prompt)).toEqual(['warning left-out']);
  });

  it('locks entries whose master password it cannot check, and waits without its default', () => {
    const hash = 'grub.pbkdf2.sha512.10000.AB.CD';
    const master = safeRenderSyslinux({ title: '', items: [linux], masterPasswordHash: hash });
    expect(codes(master)).toEqual(['warning master-password']);
    expect(master.ok && master.text).toContain('ALLOWOPTIONS 0\nNOESCAPE 1\n');
    const locked = { ...linux, passwordHash: hash };
    expect(codes(safeRenderSyslinux({ title: '', items: [locked] }))).toEqual([
      'warning left-out',
      'error nothing-left',
    ]);
    const other = { ...linux, id: 'other' };
    const lost = { title: '', defaultId: 'linux', timeoutSeconds: 5, items: [locked, other] };
    const waiting = safeRenderSyslinux(lost);
    expect(codes(waiting)).toEqual(['warning left-out', 'warning default-left-out']);
    expect(waiting.ok && waiting.text).not.toMatch(/TIMEOUT|DEFAULT/);
  });

  it('leaves out what syslinux would truncate: long lines, file names, command lines, odd names', () => {
    const other = { ...linux, id: 'other', initrd: [] };
    const menu = (args: string): Menu => ({ title: '', items: [{ ...linux, args }, other] });
    expect(codes(safeRenderSyslinux(menu('x'.repeat(4095))))).toEqual(['warning line-too-long']);
    const fits = 2047 - '.linux vmlinuz  initrd=initrd.gz'.length;
    expect(codes(safeRenderSyslinux(menu('x'.repeat(fits))))).toEqual([]);
    const long = safeRenderSyslinux(menu('x'.repeat(fits + 1)));
    expect(codes(long)).toEqual(['warning command-line-too-long']);
    expect(long.ok && long.text).not.toContain('LABEL linux');
    expect(long.ok && long.text).toContain('LABEL other');
    const resolved = (name: string): string[] =>
      codes(
        safeRenderSyslinux(menu(''), {
          resolve: (path, role) => (role === 'initrd' ? name : path),
        }),
      );
    expect(resolved('x'.repeat(255))).toEqual([]);
    expect(resolved('x'.repeat(256))).toEqual(['warning file-name-too-long']);
    for (const name of ['', 'a b', 'http://h/a#b', 'a,b']) {
      expect(resolved(name)).toEqual(['warning unusable-file-name']);
    }
    const nowhere = { resolve: (): undefined => undefined };
    expect(codes(safeRenderSyslinux(menu(''), nowhere))).toEqual([
      'warning unusable-file-name',
      'warning unusable-file-name',
      'error nothing-left',
    ]);
  });

  it('counts what the loader appends to the command line', () => {
    const args = 'x'.repeat(2047 - '.linux vmlinuz  initrd=initrd.gz'.length - 27);
    const nothing = ['warning command-line-too-long', 'error nothing-left'];
    const menu: Menu = { title: '', items: [{ ...linux, args, appendBootif: true }] };
    expect(codes(safeRenderSyslinux(menu))).toEqual(nothing);
    const ip: Menu = { title: '', items: [{ ...linux, args, systemInfo: ['ip'] }] };
    expect(codes(safeRenderSyslinux(ip))).toEqual(nothing);
    const uuid: Menu = { title: '', items: [{ ...linux, args, systemInfo: ['sysuuid'] }] };
    expect(codes(safeRenderSyslinux(uuid))).toEqual(nothing);
    expect(safeRenderSyslinux({ title: '', items: [{ ...linux, args }] }).ok).toBe(true);
  });

  it('warns about a command line that is too long with texts from the firmware, and keeps the entry', () => {
    const room = ' SYSVENDOR='.length + 64;
    const args = 'x'.repeat(2047 - '.linux vmlinuz  initrd=initrd.gz'.length - room);
    const menu = (more: string): Menu => ({
      title: '',
      items: [{ ...linux, args: `${args}${more}`, systemInfo: ['sysvendor'] }],
    });
    expect(codes(safeRenderSyslinux(menu('')))).toEqual([]);
    const long = safeRenderSyslinux(menu('x'));
    expect(codes(long)).toEqual(['warning command-line-too-long']);
    expect(long.ok && long.text).toContain('SYSAPPEND 16');
  });

  it('writes only the settings that a theme or entry has', () => {
    const text = renderSyslinux({
      title: '',
      theme: { layout: { vshift: 1 } },
      items: [
        {
          type: 'syslinux',
          id: 'hdt',
          label: 'H',
          directive: 'com32',
          file: 'hdt.c32',
          args: '',
        },
      ],
    });
    expect(text.split('\n').slice(2)).toEqual([
      'MENU VSHIFT 1',
      'LABEL hdt',
      '  MENU LABEL H',
      '  COM32 hdt.c32',
      '',
    ]);
  });

  it('returns the same text for the same menu', () => {
    const first = renderSyslinux(serverMenu);
    expect(renderSyslinux(structuredClone(serverMenu))).toBe(first);
    expect(first.endsWith('\n')).toBe(true);
    expect(first).not.toContain('\r');
  });
});
