/** A real client behind a path MTU black hole: a link carries 1,400 bytes, and ICMP is dropped. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { temporaryDirectory } from '../support/directories.js';
import { ENDPOINT_PROGRAM } from '../support/our-client.js';
import { PrivateNetwork } from '../support/private-network.js';

const CLIENT = '10.80.1.2';
const SERVER = '10.80.2.2';
const ROUTER = { inside: '10.80.1.1', outside: '10.80.2.1' };

const NO_ICMP = `
  table inet filter {
    chain output {
      type filter hook output priority 0; policy accept;
      icmp type destination-unreachable drop
    }
  }`;

describe('black hole', () => {
  describe.skipIf(lacks('ip', 'nft', 'curl', 'sysctl') || lacksRoot())(
    'a client behind a path MTU black hole',
    () => {
      it(
        'gets its file on its second request, in smaller blocks',
        { timeout: 300_000 },
        async () => {
          await using directory = await temporaryDirectory();
          await using client = new PrivateNetwork();
          await using router = new PrivateNetwork();
          await using server = new PrivateNetwork();
          router.connect(`${ROUTER.inside}/24`, client, `${CLIENT}/24`);
          router.connect(`${ROUTER.outside}/24`, server, `${SERVER}/24`);
          client.ip('route', 'add', 'default', 'via', ROUTER.inside);
          server.ip('route', 'add', 'default', 'via', ROUTER.outside);
          await router.run('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
          router.filter(NO_ICMP);
          const { stdout: links } = await router.run(
            'ip',
            '-o',
            'address',
            'show',
            'to',
            ROUTER.inside,
          );
          const link = /^\d+: (\S+)/.exec(links)?.[1] ?? '';
          router.ip('link', 'set', link, 'mtu', '1400');
          const file = randomBytes(100_000);
          writeFileSync(join(directory.path, 'file'), file);
          const program = server.launch(
            ...([process.execPath, ENDPOINT_PROGRAM, 'serve', directory.path, 'auto'] as const),
          );
          await program.until(() => program.lines.some((line) => line.includes(`"${SERVER}"`)));
          const copy = join(directory.path, 'copy');
          const get = (seconds: number) =>
            client.run(
              ...([
                'curl',
                '-sS',
                '--max-time',
                String(seconds),
                '--tftp-blksize',
                '1468',
              ] as const),
              ...['-o', copy, `tftp://${SERVER}/file`],
            );

          expect((await get(4)).stderr).toContain('curl: (28)');
          expect((await get(30)).stderr).toBe('');

          expect(readFileSync(copy).equals(file)).toBe(true);
          const events = program.lines.map((line) => JSON.parse(line) as { type: string });
          expect(events.filter(({ type }) => type === 'largeBlocksLost')).toMatchObject([
            { remote: { address: CLIENT }, filename: 'file', blksize: 1_468, maxBlockSize: 1_024 },
          ]);
        },
      );
    },
  );
});
