/** Real clients, while datagrams for absent hosts fill the socket's buffer. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { temporaryDirectory } from '../support/directories.js';
import { ENDPOINT_PROGRAM } from '../support/our-client.js';
import { PrivateNetwork } from '../support/private-network.js';

const SERVER = '10.80.1.1';
const CLIENT = '10.80.1.2';
/** Unused address in the server's own network, so that the kernel asks for its hardware address and waits. */
const ABSENT = '10.80.1.77';

/** Size of a send buffer on an untuned system, in bytes; the kernel doubles it for its own bookkeeping. */
const SEND_BUFFER_BYTES = 212_992;

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

        const forged = [ABSENT, '10.80.1.78', '10.80.1.79'].map((address) => {
          const from = ['--spoof', address, '--baseport', '2000', '--interval', 'u3000'];
          const what = ['--udp', '--destport', '69', '--data', '13', '--file', request];
          return client.launch('hping3', '--quiet', ...from, ...what, SERVER);
        });
        await forged[0]?.until(async () => {
          const { stdout } = await server.run('ss', '-H', '-a', '-u', '-n', 'sport = :69');
          return /\s[1-9]\d{5,}\s/.test(stdout);
        });
        await client.run('tftp', '-m', 'binary', SERVER, '-c', 'get', 'file', copy);
        expect(readFileSync(copy)).toEqual(file);

        // A buffer holds about 330 answers. The server checks for absent hosts when its first buffer is full.
        const received = async (): Promise<number> => {
          const { stdout } = await server.run('cat', '/proc/net/snmp');
          return Number(/^Udp: (\d+)/m.exec(stdout)?.[1]);
        };
        const before = await received();
        await program.until(async () => (await received()) > before + 5_000);
        const replaced = program.lines.filter((line) => line.includes('"socketReplaced"'));
        expect(replaced.length).toBeGreaterThanOrEqual(1);
        expect(replaced.length).toBeLessThanOrEqual(4);
      });
    },
  );
});
