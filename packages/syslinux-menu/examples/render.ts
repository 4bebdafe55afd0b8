import { defineMenu, formatDiagnostic, renderSyslinux } from '@pxe/syslinux-menu';
import { grubPaths, renderGrub } from '@pxe/syslinux-menu/grub';
import { ipxePaths, renderIpxe } from '@pxe/syslinux-menu/ipxe';

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
const url = ipxePaths(`http://${server.host}:${server.port}`);
const grub = grubPaths({ protocol: 'http', ...server });

console.log(renderSyslinux(menu, { resolve: url }));
console.log(
  renderGrub(menu, {
    resolve: grub,
    onFinding: (finding) => {
      console.log(`# ${formatDiagnostic(finding)}`);
    },
  }),
);
console.log(renderIpxe(menu, { resolve: url }));
