/**
 * Our server for the measurement: `our-server DIRECTORY`, with default limits, on loopback port 69.
 */
import { createTftpServer, directorySource } from '@pxe/tftp-protocol/node';

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  throw new Error('usage: our-server DIRECTORY');
}
await createTftpServer({
  listen: [{ address: '127.0.0.1' }],
  source: directorySource(directory),
});
