/**
 * Our server for the measurement: `our-server DIRECTORY [native]`, with default limits, on loopback port 69.
 */
import { createTftpServer, directorySource } from '@pxe/tftp-protocol/node';
import { bindUdpSocket, fallbackReason } from '@pxe/udp-batch';

const [directory, sockets] = process.argv.slice(2);
if (directory === undefined) {
  throw new Error('usage: our-server DIRECTORY [native]');
}
const isNative = sockets === 'native';
if (isNative && fallbackReason !== undefined) {
  throw new Error(`no native sockets: ${fallbackReason}`);
}
await createTftpServer({
  listen: [{ address: '127.0.0.1' }],
  source: directorySource(directory),
  ...(isNative && { bind: bindUdpSocket }),
});
