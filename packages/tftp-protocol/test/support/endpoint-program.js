/**
 * Our server and client as programs of their own, so that a test can run them in a network
 * namespace. They are the built package, as its users get it.
 *
 *   endpoint-program.js serve DIRECTORY [writable]      on port 69 of loopback, until it is killed
 *   endpoint-program.js get|put REMOTE LOCAL OPTIONS    OPTIONS: TftpTransferOptions as JSON
 *
 * `get` and `put` print what came of it as JSON, an error included.
 */
import { readFile, writeFile } from 'node:fs/promises';

import {
  createTftpServer,
  directorySink,
  directorySource,
  TftpClient,
} from '../../dist/node/index.js';

const [action, ...args] = process.argv.slice(2);
if (action === 'serve') {
  const [directory, mode] = args;
  await createTftpServer({
    listen: [{ address: '127.0.0.1' }],
    source: directorySource(directory),
    ...(mode === 'writable' && { sink: directorySink(directory, { overwrite: true }) }),
  });
} else {
  const [remote, local, options] = args;
  const client = new TftpClient({ host: '127.0.0.1', ...JSON.parse(options) });
  try {
    if (action === 'get') {
      await writeFile(local, await client.get(remote));
      process.stdout.write(JSON.stringify({ ok: true }));
    } else {
      const summary = await client.put(remote, await readFile(local));
      process.stdout.write(JSON.stringify({ ok: true, ...summary }));
    }
  } catch (error) {
    process.stdout.write(JSON.stringify({ ok: false, code: error.code, wireCode: error.wireCode }));
  }
}
