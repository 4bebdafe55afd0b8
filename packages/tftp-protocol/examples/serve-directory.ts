import { createTftpServer, directorySource } from '@pxe/tftp-protocol/node';

// Serves the files below ./public on all addresses of this host. Port 69 needs privileges.
const server = await createTftpServer({
  port: 6969,
  source: directorySource('public'),
  onEvent(event) {
    if (event.type === 'listening') {
      console.log(`listening on ${event.local.address} port ${event.local.port}`);
    } else if (event.type === 'transferFinished') {
      // The name comes from the network: escape it before printing.
      const name = JSON.stringify(event.filename);
      console.log(`${event.remote.address} ${name}: ${event.outcome}, ${event.bytesSent} bytes`);
    } else if (event.type === 'requestRefused') {
      console.log(`${event.remote.address}: error ${event.code}, ${event.message}`);
    }
  },
});

process.once('SIGTERM', () => {
  // Active transfers get ten more seconds; new requests get no answer.
  void server.close({ graceMs: 10_000 });
});
