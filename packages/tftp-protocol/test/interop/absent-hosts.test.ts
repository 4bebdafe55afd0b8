/** Real clients, while datagrams for absent hosts fill the socket's buffer. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { temporaryDirectory } from '../support/directories.js';
import { ENDPOINT_PROGRAM } from '../support/our-client.js';
import { PrivateNetwork } from '../support/private-network.js';

const SERVER = '10.80.1.1';
const CLIENT = '10.80.1.2';
/** Unused addresses of the server's own network, so that the kernel asks for their hardware addresses, and waits. */
const ABSENT = ['10.80.1.77', '10.80.1.78', '10.80.1.79'];

/** Size of a send buffer on an untuned system, in bytes; the kernel doubles it for its own bookkeeping. */
const SEND_BUFFER_BYTES = 212_992;

/** Returns how many UDP datagrams a network has received and sent. */
async function datagrams(network: PrivateNetwork): Promise<{ received: number; sent: number }> {
  const { stdout } = await network.run('cat', '/proc/net/snmp');
  const [, received, sent] = /^Udp: (\d+) \d+ \d+ (\d+)/m.exec(stdout) ?? [];
  return { received: Number(received), sent: Number(sent) };
}

describe('absent hosts', () => {
  describe.skipIf(lacks('ip', 'hping3', 'tftp') || lacksRoot())(
    'a flood of requests with forged addresses of absent hosts',
    () => {
      it('does not keep a server from answering other clients', { timeout: 300_000 }, async () => {
        await using directory = await temporaryDirectory();
        await using server = new PrivateNetwork();
        await using client = new PrivateNetwork();
        server.connect(`${SERVER}/24`, client, `${CLIENT}/24`);
        const file = randomBytes(20_000);
        writeFileSync(join(directory.path, 'file'), file);
        const request = join(directory.path, 'request');
        writeFileSync(request, '\0\x01file\0octet\0');
        const copy = join(directory.path, 'copy');
        const serve = ['serve', directory.path, 'auto', String(SEND_BUFFER_BYTES)];
        const program = server.launch(process.execPath, ENDPOINT_PROGRAM, ...serve);
        await program.until(() => program.lines.some((line) => line.includes(`"${SERVER}"`)));

        for (const address of ABSENT) {
          const from = ['--spoof', address, '--baseport', '2000', '--interval', 'u10000'];
          const what = ['--udp', '--destport', '69', '--data', '13', '--file', request];
          client.launch('hping3', '--quiet', ...from, ...what, SERVER);
        }
        await program.until(() => program.lines.some((line) => line.includes('"socketReplaced"')));
        // On a busy machine, the flood may overflow the socket for longer than this client tries.
        await program.until(async () => {
          await client.run('tftp', '-m', 'binary', SERVER, '-c', 'get', 'file', copy);
          return readFileSync(copy).equals(file);
        });

        // An answer to each request would fill the buffer again and again. The server sends almost nothing once it
        // knows that the hosts are absent, which it remembers for 5 seconds after the last request.
        let start = await datagrams(server);
        await program.until(async () => {
          const now = await datagrams(server);
          if (now.sent - start.sent > 100) {
            start = now;
          }
          return now.received - start.received > 2_000;
        });
      });
    },
  );
});
