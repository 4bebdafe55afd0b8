import { describe, expect, it } from 'vitest';

import { fixturePath } from '../../test/support/fixture.js';
import { readCapture } from '../capture/captured-packet.js';
import { readTftpTransfers } from '../capture/tftp-transfers.js';
import { findKeyPath } from './key-path.js';
import { readSyslinuxMenu } from './syslinux-menu-reader.js';

const capture = await readCapture(fixturePath('pxelinux-configuration.pcap'));
const recorded = readTftpTransfers(capture).at(-1)!;
const menu = readSyslinuxMenu(Buffer.from(recorded.content()).toString());

describe('readSyslinuxMenu', () => {
  it('reads what the recorded screen shows', () => {
    expect(menu.title).toBe('Debian network install');
    expect(menu.entries.map(({ text }) => text)).toEqual([
      'Debian 13 (trixie) amd64 text',
      'Debian 13 (trixie) amd64 gtk',
      'Debian 12 (bookworm) amd64 text',
      'Debian 12 (bookworm) amd64 gtk',
      'Boot from local disk',
    ]);
    const submenu = menu.entries[0]!.submenu!;
    expect(submenu.map(({ text }) => text)).toEqual([
      'Install',
      'Expert',
      'Rescue',
      'Auto',
      'Back',
    ]);
  });

  it('leaves out items that cannot be selected', () => {
    const { entries } = readSyslinuxMenu(`
      label a
        menu label ^Alpha
      menu separator
      label b
        menu disable
      label c
        menu hide
      label d
    `);
    expect(entries).toEqual([
      { id: 'a', text: 'Alpha' },
      { id: 'd', text: 'd' },
    ]);
  });

  it('labels a submenu as syslinux does: own label, title, tag', () => {
    const { entries } = readSyslinuxMenu(`
      MENU BEGIN one
        MENU TITLE Title of one
        MENU LABEL ^Label of one
        LABEL x
      MENU END
      MENU BEGIN two
        MENU TITLE Title of two
        LABEL y
          MENU LABEL Y
      MENU END
      MENU BEGIN three
      MENU END
    `);
    expect(entries.map(({ text }) => text)).toEqual(['Label of one', 'Title of two', 'three']);
  });

  it('refuses menus that it would miscount', () => {
    expect(() => readSyslinuxMenu('MENU BEGIN a\nLABEL x')).toThrow('submenu a has no MENU END');
    expect(() => readSyslinuxMenu('MENU END\nLABEL x')).toThrow('MENU END without MENU BEGIN');
    expect(() => readSyslinuxMenu('INCLUDE more.cfg')).toThrow('continues in another file');
    expect(() => readSyslinuxMenu('MENU INCLUDE more.cfg')).toThrow('continues in another file');
  });
});

describe('findKeyPath', () => {
  it('walks into a submenu and down to the entry', () => {
    const path = findKeyPath(menu, 'bookworm-amd64-text-rescue');
    expect(path.map(({ entry, keys }) => [entry.text, ...keys])).toEqual([
      ['Debian 12 (bookworm) amd64 text', 'home', 'down', 'down'],
      ['Rescue', 'home', 'down', 'down'],
    ]);
    expect(path[1]!.screen).toHaveLength(5);
  });

  it('finds an entry of the first screen', () => {
    expect(findKeyPath(menu, 'local').map(({ keys }) => keys)).toEqual([
      ['home', 'down', 'down', 'down', 'down'],
    ]);
  });

  it('lists the existing entries when one is missing', () => {
    expect(() => findKeyPath(menu, 'sid-amd64-text-install')).toThrow(
      /no entry sid-amd64-text-install; it has trixie-amd64-text-install, .*, local$/,
    );
  });
});
