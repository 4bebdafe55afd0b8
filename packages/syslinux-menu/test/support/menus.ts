import { defineMenu, type Menu } from '../../src/index.js';

/** Menu like that of a netboot server: two releases in submenus, the local disk as the default. */
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

/** Menu with everything that every dialect can express, and with tricky quotes. */
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

const installer = (id: string, label: string, hotkey: string, args: string, help: string) =>
  ({
    type: 'linux',
    id,
    label,
    hotkey,
    kernel: 'debian/linux',
    initrd: ['debian/initrd.gz'],
    args,
    appendBootif: true,
    help,
  }) as const;

const release = (id: string, label: string): Menu['items'][number] => ({
  type: 'submenu',
  id,
  label,
  title: label,
  items: [
    installer(`${id}-install`, 'Install', 'I', 'vga=788 --- quiet', 'Asks only what it must.'),
    installer(
      `${id}-expert`,
      'Expert install',
      'x',
      'priority=low vga=788 ---',
      'Asks everything.',
    ),
    installer(
      `${id}-rescue`,
      'Rescue mode',
      'R',
      'vga=788 rescue/enable=true --- quiet',
      'Starts a shell in a system that is installed already.\nNothing is installed.',
    ),
    { type: 'separator' },
    {
      type: 'submenu',
      id: `${id}-dark`,
      label: 'Dark theme',
      hotkey: 'D',
      items: [
        installer(
          `${id}-dark-install`,
          'Install',
          'I',
          'vga=788 theme=dark --- quiet',
          'Light letters on a dark ground.',
        ),
      ],
    },
  ],
});

/** Menu of pxeboot's server with its theme, as shown in the README and in the capture `ours`. */
export const themedMenu: Menu = defineMenu({
  title: 'Debian network installer',
  defaultId: 'local',
  timeoutSeconds: 600,
  serial: { port: 0, baud: 115_200 },
  theme: {
    background: 'splash.png',
    layout: {
      margin: 4,
      rows: 12,
      vshift: 4,
      timeoutrow: 19,
      cmdlinerow: 19,
      helpmsgrow: 21,
      helpmsgendrow: 27,
      tabmsgrow: 24,
    },
    colors: {
      screen: { foreground: '#ffc8d0e0', background: '#00000000', shadow: 'none' },
      border: { foreground: '#00000000', background: '#00000000', shadow: 'none' },
      title: { foreground: '#fff4f6fb', background: '#00000000', shadow: 'std' },
      unsel: { foreground: '#ffc8d0e0', background: '#00000000', shadow: 'none' },
      hotkey: { foreground: '#ffff7aa5', background: '#00000000', shadow: 'none' },
      sel: { foreground: '#ffffffff', background: '#ffc2094b', shadow: 'none' },
      hotsel: { foreground: '#ffffd0df', background: '#ffc2094b', shadow: 'none' },
      disabled: { foreground: '#ff6b7690', background: '#00000000', shadow: 'none' },
      scrollbar: { foreground: '#60ffffff', background: '#00000000', shadow: 'none' },
      tabmsg: { foreground: '#ff77829c', background: '#00000000', shadow: 'none' },
      timeout_msg: { foreground: '#ffaab4c8', background: '#00000000', shadow: 'none' },
      timeout: { foreground: '#ffff7aa5', background: '#00000000', shadow: 'none' },
      help: { foreground: '#ffaab4c8', background: '#00000000', shadow: 'none' },
    },
    tabMessage: 'Enter: boot    Tab: edit the command line',
    autobootMessage: 'The selected entry starts in # second{,s}',
  },
  items: [
    release('trixie-amd64', 'Debian 13 (trixie) amd64'),
    release('bookworm-amd64', 'Debian 12 (bookworm) amd64'),
    release('bookworm-i386', 'Debian 12 (bookworm) i386'),
    { type: 'separator' },
    {
      type: 'local',
      id: 'local',
      label: 'Boot from local disk',
      hotkey: 'l',
      help: 'Leaves the network and starts what is installed on this machine.',
    },
  ],
});
