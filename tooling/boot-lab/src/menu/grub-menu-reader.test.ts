import { describe, expect, it } from 'vitest';

import { readGrubMenu } from './grub-menu-reader.js';
import { findKeyPath } from './key-path.js';

const CONFIGURATION = `
set default='1'
set timeout=30
if loadfont $prefix/font.pf2; then
  terminal_output gfxterm
fi
submenu 'Debian 13 (trixie) amd64, text installer' --id 'trixie-amd64-text' {
  menuentry 'Install' --id 'trixie-amd64-text-install' --hotkey=i {
    linux (http,10.77.0.1:8069)/linux BOOTIF=01-$net_default_mac --- quiet
    initrd (http,10.77.0.1:8069)/initrd.gz
  }
  submenu "Dark theme" --id dark {
    menuentry 'Install' --id 'trixie-amd64-text-install-dark' {
      linux /linux theme=dark
    }
  }
}
menuentry 'Boot from local disk' --id 'local' {
  exit
}
`;

describe('readGrubMenu', () => {
  it('reads entries and submenus, and skips commands', () => {
    expect(readGrubMenu(CONFIGURATION).entries).toEqual([
      {
        id: 'trixie-amd64-text',
        text: 'Debian 13 (trixie) amd64, text installer',
        submenu: [
          { id: 'trixie-amd64-text-install', text: 'Install' },
          {
            id: 'dark',
            text: 'Dark theme',
            submenu: [{ id: 'trixie-amd64-text-install-dark', text: 'Install' }],
          },
        ],
      },
      { id: 'local', text: 'Boot from local disk' },
    ]);
  });

  it('returns the keys to an entry two submenus deep', () => {
    const path = findKeyPath(readGrubMenu(CONFIGURATION), 'trixie-amd64-text-install-dark');
    expect(path.map(({ keys }) => keys)).toEqual([['home'], ['home', 'down'], ['home']]);
  });

  it('refuses menus that it would miscount', () => {
    expect(() => readGrubMenu("submenu 'a' {")).toThrow('do not match');
    expect(() => readGrubMenu('source $prefix/custom.cfg')).toThrow('continues in another file');
  });
});
