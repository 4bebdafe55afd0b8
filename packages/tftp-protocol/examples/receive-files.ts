import { createTftpServer, directorySink } from '@pxe/tftp-protocol/node';

// Switches save their configuration here. A file appears only once it is complete and on disk.
const server = await createTftpServer({
  port: 6969,
  listen: [{ address: '127.0.0.1' }],
  sink: directorySink('uploads', { overwrite: true, maxBytes: 10 * 1024 * 1024 }),
});
console.log(`listening on port ${server.addresses[0]?.port}`);
