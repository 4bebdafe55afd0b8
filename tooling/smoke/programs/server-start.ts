import { startDaemon } from '@pxe/server';

// Keeps images fresh and serves them, over TFTP and HTTP, until SIGTERM.
const [mirror = ''] = process.argv.slice(2);
const loopback = { listen: ['127.0.0.1:0'] };
const daemon = await startDaemon({
  dataDir: 'images',
  images: [{ suite: 'trixie', arch: ['amd64'], variants: ['text'] }],
  source: { kind: 'mirror', url: [mirror], keyring: 'mirror.asc' },
  tftp: loopback,
  http: loopback,
  admin: loopback,
  drain: { lameDuck: '0s' },
});
console.log(`http://${daemon.addresses.http[0]}`);
process.once('SIGTERM', () => void daemon.drain());
