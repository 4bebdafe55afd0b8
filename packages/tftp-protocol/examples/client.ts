import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { createTftpClient, TftpError } from '@pxe/tftp-protocol/node';

const client = await createTftpClient({ host: '127.0.0.1', port: 6969 });

// A small file, in memory.
const hello = await client.get('hello.txt', { signal: AbortSignal.timeout(60_000) });
console.log(new TextDecoder().decode(hello));

// A large file, to disk; a slow disk makes the server wait.
const { stream, size } = await client.getStream('initrd.gz', { blksize: 1468, windowsize: 32 });
await pipeline(stream, createWriteStream('initrd.gz'));
console.log(`initrd.gz: ${size} bytes`);

try {
  await client.put('hello.txt', new TextEncoder().encode('new text'));
} catch (error) {
  if (!(error instanceof TftpError)) {
    throw error;
  }
  console.log(`${error.code}: ${error.message}`);
}
await client.close();
