import { createProxyDhcpService } from '@pxe/dhcp-protocol/node';

// Boots UEFI machines on eth0 from the TFTP server of this host. Needs root.
await createProxyDhcpService({
  address: '192.0.2.1',
  link: 'eth0',
  bootFileFor: ({ cpu }) => (cpu === 'x64' ? { file: 'bootnetx64.efi' } : undefined),
  allows: (address) => address.startsWith('192.0.2.'),
  onEvent: (event) => {
    console.log(event);
  },
});
