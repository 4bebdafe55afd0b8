import { describe, expect, it } from 'vitest';

import { serverMenu } from '../../test/support/menus.js';
import { type LinuxEntry, type LocalBootEntry, type Menu, type MenuItem } from '../model/menu.js';
import { validateMenu } from './validate-menu.js';

const linux: LinuxEntry = {
  type: 'linux',
  id: 'linux',
  label: 'Linux',
  kernel: '/linux',
  initrd: ['/initrd.gz'],
  args: 'quiet',
};

function findings(menu: Partial<Menu>): string[] {
  return validateMenu({ title: '', items: [linux], ...menu }).map(
    ({ severity, code, path }) => `${severity} ${code} ${path ?? '?'}`,
  );
}

function entry(change: Partial<LinuxEntry>): string[] {
  return findings({ items: [{ ...linux, ...change }] });
}

describe('validateMenu', () => {
  it('finds nothing in a valid menu', () => {
    expect(validateMenu(serverMenu)).toEqual([]);
  });

  it('refuses texts that would break a line or lose blanks', () => {
    expect(findings({ title: 'a\nb' })).toEqual(['error control-character title']);
    expect(findings({ title: 'a\0b' })).toEqual(['error control-character title']);
    expect(findings({ title: 'a\x7fb' })).toEqual(['error control-character title']);
    expect(findings({ title: ' a' })).toEqual(['error outer-blank title']);
    expect(findings({ title: 'a ' })).toEqual(['error outer-blank title']);
    expect(findings({ title: 'Größe' })).toEqual(['warning non-ascii title']);
    expect(entry({ label: '' })).toEqual(['error empty-text items[0].label']);
    expect(entry({ label: 'a^b' })).toEqual(['error caret items[0].label']);
  });

  it('refuses ids that a loader would not read as one word', () => {
    for (const id of ['', 'a b', 'ä', '-a', '.a', '#a', 'x'.repeat(128), 'sub..back']) {
      expect(entry({ id })).toEqual(['error bad-id items[0].id']);
    }
    expect(entry({ id: 'trixie-amd64-text-install_1.0' })).toEqual([]);
  });

  it('refuses an id used twice, in submenus too', () => {
    const submenu: MenuItem = { type: 'submenu', id: 'sub', label: 'Sub', items: [linux] };
    expect(findings({ items: [linux, submenu] })).toEqual([
      'error duplicate-id items[1].items[0].id',
    ]);
  });

  it('refuses hotkeys that cannot work', () => {
    for (const hotkey of ['', 'Li', 'z', '^', ' ', 'é', '+']) {
      expect(entry({ hotkey })).toEqual(['error bad-hotkey items[0].hotkey']);
    }
    const second = { ...linux, id: 'second', label: 'Lilo', hotkey: 'l' };
    expect(findings({ items: [{ ...linux, hotkey: 'L' }, second] })).toEqual([
      'error duplicate-hotkey items[1].hotkey',
    ]);
    expect(findings({ items: [{ ...linux, hotkey: 'L', disabled: true }, second] })).toEqual([]);
  });

  it('refuses paths and arguments that would be truncated or misread', () => {
    expect(entry({ kernel: '' })).toEqual(['error bad-path items[0].kernel']);
    expect(entry({ kernel: '/a b' })).toEqual(['error bad-path items[0].kernel']);
    expect(entry({ initrd: ['/a', '/b,c'] })).toEqual(['error bad-path items[0].initrd[1]']);
    expect(entry({ args: 'a\nb' })).toEqual(['error control-character items[0].args']);
    expect(entry({ args: '-' })).toEqual(['error bad-args items[0].args']);
    expect(entry({ args: 'quiet initrd=/a' })).toEqual(['error initrd-in-args items[0].args']);
    expect(entry({ args: 'noinitrd=1 rdinit=/x' })).toEqual([]);
    expect(entry({ systemInfo: ['cpu', 'ip'] })).toEqual(['error bad-args items[0].systemInfo']);
    expect(entry({ systemInfo: ['ip', 'ip'] })).toEqual(['error bad-args items[0].systemInfo']);
    expect(entry({ systemInfo: ['ip', 'fsuuid'] })).toEqual([]);
  });

  it('says which drives are possible, and with which methods', () => {
    const messages = (fields: Pick<LocalBootEntry, 'method' | 'drive'>): readonly string[] =>
      validateMenu({
        title: '',
        items: [{ type: 'local', id: 'l', label: 'L', ...fields }],
      }).map(({ message }) => message);
    expect(messages({ drive: 0xfffe })).toEqual([]);
    expect(messages({ drive: 0xffff })).toEqual([
      'drive 65535 must be a whole number from 0 to 0xfffe',
    ]);
    expect(messages({ method: 'chain', drive: 0x100 })).toEqual([
      'drive 256 must be a whole number from 0 to 0xff',
    ]);
    expect(messages({ method: 'keep-pxe', drive: 0x80 })).toEqual([
      'drive 128 cannot be used with method keep-pxe',
    ]);
  });

  it('checks the other kinds of entries', () => {
    const rest = { label: 'L', args: 'a\0' } as const;
    expect(
      findings({
        items: [
          { type: 'chain', id: 'a', label: 'L', program: '' },
          { type: 'syslinux', id: 'b', directive: 'com32', file: 'a b', ...rest },
          { type: 'reboot', id: 'c', label: '' },
          { type: 'poweroff', id: 'd', label: '' },
          { type: 'local', id: 'e', label: '' },
          { type: 'back', id: 'f', label: 'Back' },
          { type: 'separator' },
          { type: 'separator', label: '' },
          {
            type: 'submenu',
            id: 'g',
            label: 'S',
            title: '',
            theme: { tabMessage: '\n' },
            items: [],
          },
        ],
      }),
    ).toEqual([
      'error bad-path items[0].program',
      'error bad-path items[1].file',
      'error control-character items[1].args',
      'error empty-text items[2].label',
      'error empty-text items[3].label',
      'error empty-text items[4].label',
      'error misplaced-back items[5]',
      'error empty-text items[7].label',
      'error empty-text items[8].title',
      'error control-character items[8].theme.tabMessage',
      'error empty-menu items[8].items',
    ]);
  });

  it('refuses help that would end early or be split', () => {
    expect(entry({ help: 'one\n  two\n' })).toEqual([]);
    expect(entry({ help: 'a\tb' })).toEqual(['error control-character items[0].help']);
    expect(entry({ help: 'a\n EndText b' })).toEqual(['error help-end-marker items[0].help']);
    expect(entry({ help: 'endtexts' })).toEqual([]);
    expect(entry({ help: 'x'.repeat(4096) })).toEqual(['error bad-number items[0].help']);
    expect(entry({ help: '…' })).toEqual(['warning non-ascii items[0].help']);
  });

  it('refuses numbers out of range', () => {
    expect(entry({ indent: 1.5 })).toEqual(['error bad-number items[0].indent']);
    expect(entry({ indent: -1 })).toEqual(['error bad-number items[0].indent']);
    const defaultId = 'linux';
    for (const timeoutSeconds of [-1, 0.05, 86_401, Number.NaN, Infinity]) {
      expect(findings({ timeoutSeconds, defaultId })).toEqual(['error bad-number timeoutSeconds']);
    }
    expect(findings({ timeoutSeconds: 0.3, defaultId })).toEqual([]);
    expect(findings({ serial: { port: -1, baud: 50 } })).toEqual([
      'error bad-number serial.port',
      'error bad-number serial.baud',
    ]);
    expect(findings({ serial: { port: 0x3f8 } })).toEqual([]);
    expect(findings({ resolution: { width: 640, height: 480 } })).toEqual([]);
    expect(findings({ resolution: { width: 640, height: 48 } })).toEqual([
      'error bad-number resolution',
    ]);
    expect(findings({ resolution: { width: 64, height: 480 } })).toEqual([
      'error bad-number resolution',
    ]);
  });

  it('refuses words outside of the allowed values, even past the type checker', () => {
    const shadow = 'std\nLABEL x' as 'std';
    expect(findings({ theme: { colors: { sel: { shadow } } } })).toEqual([
      'error bad-choice theme.colors.sel.shadow',
    ]);
  });

  it('warns of plain passwords and refuses values of several lines', () => {
    expect(entry({ passwordHash: 'secret' })).toEqual([
      'warning plain-password items[0].passwordHash',
    ]);
    expect(findings({ masterPasswordHash: '$9$x' })).toEqual([
      'warning plain-password masterPasswordHash',
    ]);
    expect(entry({ passwordHash: 'a\nb' })).toEqual([
      'error bad-password-hash items[0].passwordHash',
    ]);
    expect(entry({ passwordHash: '' })).toEqual([]);
    expect(entry({ passwordHash: '$6$salt$hash' })).toEqual([]);
    expect(entry({ passwordHash: 'grub.pbkdf2.sha512.10000.AB.CD' })).toEqual([]);
  });

  it('refuses colours and positions in other notations', () => {
    expect(
      findings({
        theme: {
          background: '#fff',
          colors: { sel: { ansi: 'red', foreground: '#FFFFFFFF', background: 'black' }, title: {} },
          layout: { rows: 1.5, vshift: 3 },
        },
      }),
    ).toEqual([
      'error bad-color theme.background',
      'error bad-color theme.colors.sel.ansi',
      'error bad-color theme.colors.sel.foreground',
      'error bad-color theme.colors.sel.background',
      'error bad-number theme.layout.rows',
    ]);
    expect(findings({ theme: { background: 'a b' } })).toEqual(['error bad-path theme.background']);
    expect(findings({ theme: { background: '/splash.png' } })).toEqual([]);
  });

  it('requires a default that can boot', () => {
    const submenu: MenuItem = {
      type: 'submenu',
      id: 'sub',
      label: 'Sub',
      items: [
        { ...linux, id: 'inner' },
        { type: 'back', id: 'up', label: 'Up' },
      ],
    };
    const items = [linux, submenu, { ...linux, id: 'off', disabled: true }];
    expect(findings({ items, defaultId: 'inner' })).toEqual([]);
    expect(findings({ items, defaultId: 'none' })).toEqual(['error unknown-default defaultId']);
    for (const defaultId of ['sub', 'up', 'off']) {
      expect(findings({ items, defaultId })).toEqual(['error default-not-bootable defaultId']);
    }
    expect(findings({ items, timeoutSeconds: 5 })).toEqual([]);
    const behind: MenuItem[] = [{ type: 'separator' }, ...items];
    expect(findings({ items: behind, timeoutSeconds: 5 })).toEqual([
      'warning no-default defaultId',
    ]);
    expect(findings({ items, hidden: true })).toEqual(['warning no-timeout hidden']);
  });

  it('refuses a menu with nothing to select and menus nested too deep', () => {
    expect(findings({ items: [{ type: 'separator' }, { ...linux, disabled: true }] })).toEqual([
      'error empty-menu items',
    ]);
    let item: MenuItem = linux;
    for (let depth = 17; depth > 0; depth -= 1) {
      item = { type: 'submenu', id: `sub${depth}`, label: 'Sub', items: [item] };
    }
    expect(findings({ items: [item] })).toEqual([
      `error too-deep ${'items[0].'.repeat(17).slice(0, -1)}`,
    ]);
  });
});
