import { writeFile } from 'node:fs/promises';

import { createTftpClient } from '@pxe/tftp-protocol/node';

// Receives a file and shows the progress.
const [port, name = ''] = process.argv.slice(2);
const client = await createTftpClient({ host: '127.0.0.1', port: Number(port) });
try {
  const bytes = await client.get(name, {
    blksize: 1428,
    windowsize: 16,
    onProgress(progress) {
      process.stderr.write(`\r${progress.bytes} of ${progress.size ?? '?'} bytes`);
    },
  });
  await writeFile(name, bytes);
  console.log(`${name}: ${bytes.length} bytes`);
} finally {
  await client.close();
}
