import { BlockList } from 'node:net';

import { bytesSource, createTftpServer, TftpError } from '@pxe/tftp-protocol/node';

const lan = new BlockList();
lan.addSubnet('127.0.0.0', 8);
lan.addSubnet('192.168.0.0', 16);

await createTftpServer({
  port: 6969,
  listen: [{ address: '127.0.0.1' }],
  allow: (address) => lan.check(address),
  // Called for each request; may be async. Return undefined for "file not found".
  source({ filename, remote }) {
    if (filename === 'secret') {
      throw new TftpError('not for you', { wireCode: 2 });
    }
    if (!filename.startsWith('pxelinux.cfg/')) {
      return undefined;
    }
    const text = `# for ${remote.address}\nDEFAULT linux\n`;
    return bytesSource(new TextEncoder().encode(text));
  },
  // Restrict clients that cannot handle an option or large blocks.
  quirks: ({ options }) =>
    options.some(([name]) => name === 'multicast')
      ? { refuseOptions: ['windowsize'], maxBlockSize: 512 }
      : undefined,
});
console.log('ready');
