import { bytesSource, createTftpServer } from '@pxe/tftp-protocol/node';

// Answers every client with a file that is made for it.
const server = await createTftpServer({
  listen: [{ address: '127.0.0.1', port: 0 }],
  source: ({ filename, remote }) =>
    filename === 'hello' ? bytesSource(Buffer.from(`hello, ${remote.address}\n`)) : undefined,
});
console.log(`tftp://127.0.0.1:${server.addresses[0]?.port}`);
process.once('SIGTERM', () => void server.close());
