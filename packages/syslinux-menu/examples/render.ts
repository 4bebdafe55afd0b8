import { defineMenu, expectRendered, renderSyslinux } from '@pxe/syslinux-menu';
import { grubPaths, renderGrub } from '@pxe/syslinux-menu/grub';
import { renderIpxe } from '@pxe/syslinux-menu/ipxe';

const menu = defineMenu({
  title: 'Network install',
  defaultId: 'install',
  timeoutSeconds: 30,
  items: [
    {
      type: 'linux',
      id: 'install',
      label: 'Install Debian',
      hotkey: 'I',
      kernel: '/debian/linux',
      initrd: ['/debian/initrd.gz'],
      args: '--- quiet',
      appendBootif: true,
      help: 'Asks only what it must.',
    },
    { type: 'reboot', id: 'reboot', label: 'Restart' },
  ],
});

const server = { host: '192.0.2.1', port: 8069 };
const url = (path: string): string => `http://${server.host}:${server.port}${path}`;
const grub = grubPaths({ protocol: 'http', ...server });

console.log(expectRendered(renderSyslinux(menu, { resolve: url })));
console.log(expectRendered(renderGrub(menu, { resolve: grub })));
console.log(expectRendered(renderIpxe(menu, { resolve: url })));
