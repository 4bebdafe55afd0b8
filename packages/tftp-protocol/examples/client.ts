import { TftpClient, TftpError } from '@pxe/tftp-protocol/node';

const client = new TftpClient({ host: '127.0.0.1', port: 6969 });

const hello = await client.get('hello.txt', { signal: AbortSignal.timeout(60_000) });
console.log(new TextDecoder().decode(hello));

const { stream, sizeBytes } = await client.getStream('initrd.gz', {
  blksize: 1468,
  windowsize: 32,
});
let received = 0;
for await (const piece of stream) {
  received += piece.length;
}
console.log(`initrd.gz: ${received} of ${sizeBytes} bytes`);

try {
  await client.put('hello.txt', new TextEncoder().encode('new text'));
} catch (error) {
  if (!(error instanceof TftpError)) {
    throw error;
  }
  console.log(`${error.code}: ${error.message}`);
}
await client.close();
