import { defineMenu, type Menu } from '../../src/index.js';

/** A menu as a netboot server makes it: two releases in submenus, the local disk as the default. */
export const serverMenu: Menu = defineMenu({
  title: 'Debian network install',
  defaultId: 'local',
  timeoutSeconds: 30,
  items: [
    {
      type: 'submenu',
      id: 'trixie-amd64-text',
      label: 'Debian 13 amd64',
      hotkey: '3',
      title: 'Debian 13 (trixie) amd64',
      items: [
        {
          type: 'linux',
          id: 'trixie-amd64-text-install',
          label: 'Install',
          hotkey: 'I',
          kernel: '/debian/trixie/20250803+deb13u7/amd64/text/linux',
          initrd: ['/debian/trixie/20250803+deb13u7/amd64/text/initrd.gz'],
          args: 'vga=788 --- quiet',
          appendBootif: true,
          help: 'Installs Debian 13.\n  Text screens, works everywhere.',
        },
        {
          type: 'linux',
          id: 'trixie-amd64-text-expert',
          label: 'Expert install',
          hotkey: 'x',
          kernel: '/debian/trixie/20250803+deb13u7/amd64/text/linux',
          initrd: ['/debian/trixie/20250803+deb13u7/amd64/text/initrd.gz'],
          args: 'priority=low vga=788 ---',
          appendBootif: true,
        },
      ],
    },
    { type: 'separator' },
    { type: 'local', id: 'local', label: 'Boot from local disk', hotkey: 'l' },
  ],
});

/** A menu that uses everything that every dialect can express, and quotes to trip over. */
export const fullMenu: Menu = defineMenu({
  title: "Everything, it's all here",
  defaultId: 'inner',
  timeoutSeconds: 12.5,
  allowEditing: false,
  serial: { port: 0, baud: 115_200 },
  theme: {
    background: '/splash.png',
    colors: {
      screen: { foreground: '#ffc0c0c0' },
      unsel: { foreground: '#90ffffff' },
      sel: { foreground: '#ffffffff', background: '#ff0000a0' },
    },
  },
  items: [
    { type: 'separator', label: 'Entries' },
    {
      type: 'linux',
      id: '1st',
      label: "Bob's; $kernel {x}",
      hotkey: 'B',
      indent: 2,
      kernel: '/linux',
      initrd: ['/initrd.gz', '/firmware.cpio'],
      args: "console=ttyS0,115200n8 note='a;b' $x",
      systemInfo: ['ip', 'sysuuid', 'cpu'],
    },
    {
      type: 'linux',
      id: 'off',
      label: 'Off',
      kernel: '/linux',
      initrd: [],
      args: '',
      disabled: true,
    },
    {
      type: 'submenu',
      id: 'sub',
      label: 'Sub',
      hotkey: 'S',
      items: [
        {
          type: 'linux',
          id: 'inner',
          label: 'Inner',
          kernel: '/linux',
          initrd: ['/initrd.gz'],
          args: '--- quiet',
          appendBootif: true,
          help: 'Help\nfor it',
        },
        {
          type: 'submenu',
          id: 'deep',
          label: 'Deeper',
          title: 'Deep',
          items: [
            { type: 'chain', id: 'chain', label: 'Chain', program: '/shimx64.efi' },
            { type: 'back', id: 'up', label: 'Up' },
            {
              type: 'submenu',
              id: 'deepest',
              label: 'Deepest',
              items: [
                { type: 'local', id: 'disk', label: 'Disk' },
                { type: 'back', id: 'up-again', label: 'Up' },
              ],
            },
          ],
        },
      ],
    },
    { type: 'separator' },
    { type: 'local', id: 'local', label: 'Local disk', hotkey: 'L' },
    { type: 'reboot', id: 'reboot', label: 'Reboot', hotkey: 'e' },
    { type: 'poweroff', id: 'poweroff', label: 'Switch off' },
  ],
});
