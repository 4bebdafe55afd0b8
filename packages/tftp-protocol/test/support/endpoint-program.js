/**
 * Our server and client as programs of their own, so that a test can run them in a network
 * namespace. They are the built package, as its users get it.
 *
 *   endpoint-program.js serve DIRECTORY     read and write, on port 69 of loopback, until it is killed
 *   endpoint-program.js transfer JOBS       JOBS: TransferJob[] as JSON, done one after the other
 *
 * `transfer` prints the outcomes as JSON, errors included.
 */
import { readFile, writeFile } from 'node:fs/promises';

import {
  createTftpServer,
  directorySink,
  directorySource,
  TftpClient,
} from '../../dist/node/index.js';

const [action, subject] = process.argv.slice(2);
if (action === 'serve') {
  await createTftpServer({
    listen: [{ address: '127.0.0.1' }],
    source: directorySource(subject),
    sink: directorySink(subject, { overwrite: true }),
  });
} else {
  const outcomes = [];
  for (const job of JSON.parse(subject)) {
    outcomes.push(await transfer(job));
  }
  process.stdout.write(JSON.stringify(outcomes));
}

async function transfer({ action, remote, local, options }) {
  const client = new TftpClient({ host: '127.0.0.1', ...options });
  try {
    if (action === 'get') {
      await writeFile(local, await client.get(remote));
      return { ok: true };
    }
    return { ok: true, ...(await client.put(remote, await readFile(local))) };
  } catch (error) {
    return { ok: false, code: error.code, wireCode: error.wireCode };
  }
}
