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
