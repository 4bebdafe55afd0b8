import { createTftpServer, directorySource } from '@pxe/tftp-protocol/node';

// Serves ./public on loopback until SIGTERM.
const server = await createTftpServer({
  listen: [{ address: '127.0.0.1', port: 0 }],
  source: directorySource('public'),
  onEvent(event) {
    if (event.type === 'transferFinished') {
      console.log(`${event.filename}: ${event.outcome}, ${event.bytesSent} bytes`);
    }
  },
});
console.log(`tftp://127.0.0.1:${server.addresses[0]?.port}`);
process.once('SIGTERM', () => void server.close());
