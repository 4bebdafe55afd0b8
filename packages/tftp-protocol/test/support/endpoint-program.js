/**
 * Our server and client as separate programs, so that a test can run them in a network
 * namespace. They are the built package, as its users get it.
 *
 *   endpoint-program.js serve DIRECTORY [auto|inherited] [SNDBUF]
 *   endpoint-program.js transfer JOBS       JOBS: TransferJob[] as JSON, done one after the other
 *
 * `serve` reads and writes until it is killed, on port 69 of 127.0.0.1 unless told otherwise, and
 * prints each event as a line of JSON, and `serving` once it has bound its sockets. `transfer` prints the
 * outcomes as JSON, errors included.
 */
import { readFile, writeFile } from 'node:fs/promises';

import { bindUdpSocket } from '@pxe/udp-batch';

import {
  createTftpClient,
  createTftpServer,
  directorySink,
  directorySource,
  inheritedSockets,
} from '../../dist/node/index.js';

const [action, subject, where, sendBufferBytes] = process.argv.slice(2);
if (action === 'serve') {
  const places = { auto: 'auto', inherited: inheritedSockets() };
  await createTftpServer({
    listen: places[where] ?? [{ address: '127.0.0.1' }],
    source: directorySource(subject),
    sink: directorySink(subject, { overwrite: true }),
    ...(process.env.TFTP_TEST_SOCKETS === 'native' && { bind: bindUdpSocket }),
    ...(sendBufferBytes !== undefined && { sendBufferBytes: Number(sendBufferBytes) }),
    onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
  });
  process.stdout.write('{"type":"serving"}\n');
} else {
  const outcomes = [];
  for (const job of JSON.parse(subject)) {
    outcomes.push(await transfer(job));
  }
  process.stdout.write(JSON.stringify(outcomes));
}

async function transfer({ action, remote, local, options }) {
  const client = await createTftpClient({ host: '127.0.0.1', ...options });
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
