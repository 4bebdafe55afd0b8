import { defineMenu, renderSyslinux } from '@pxe/syslinux-menu';

// Prints a pxelinux configuration.
const menu = defineMenu({
  title: 'Workshop',
  timeoutSeconds: 30,
  defaultId: 'local',
  items: [
    { type: 'local', id: 'local', label: 'Boot from local disk' },
    {
      type: 'linux',
      id: 'debian',
      label: 'Install Debian',
      kernel: 'linux',
      initrd: ['initrd.gz'],
    },
  ],
});
process.stdout.write(renderSyslinux(menu));
