/** System calls that a server makes for requests from forged addresses, as counted by strace. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { temporaryDirectory } from '../support/directories.js';
import { ENDPOINT_PROGRAM } from '../support/our-client.js';
import { PrivateNetwork } from '../support/private-network.js';
import { RunningProgram } from '../support/running-program.js';

const SERVER = '10.80.1.1';
const CLIENT = '10.80.1.2';
const REQUESTS = 500;

const SEND_CALLS = /\bsend(?:msg|mmsg|to)\(/;

/** A call, with the time in seconds at which it began. */
const CALL = /^\d+ +(\d+\.\d+) (.*)$/;

describe('forged requests', () => {
  describe.skipIf(lacks('ip', 'hping3', 'strace') || lacksRoot())(
    'a server flooded from ever-changing addresses',
    () => {
      it(
        'opens no socket, and reads the routes at most once a second',
        { timeout: 300_000 },
        async () => {
          await using directory = await temporaryDirectory();
          await using server = new PrivateNetwork();
          await using client = new PrivateNetwork();
          server.connect(`${SERVER}/24`, client, `${CLIENT}/24`);
          server.ip('route', 'add', 'default', 'via', CLIENT);
          writeFileSync(join(directory.path, 'file'), 'content');
          const request = join(directory.path, 'request');
          const bytes = Buffer.from('\0\x01file\0octet\0blksize\x001428\0');
          writeFileSync(request, bytes);
          const program = server.launch(
            process.execPath,
            ...[ENDPOINT_PROGRAM, 'serve', directory.path, 'auto'],
          );
          await program.until(() => program.lines.some((line) => line.includes(`"${SERVER}"`)));
          const log = join(directory.path, 'trace');
          const trace = (): string => readFileSync(log, 'utf8');
          const tracer = new RunningProgram('strace', [
            ...['-f', '-q', '-ttt', '-o', log, '-p', String(program.pid)],
            ...['-e', 'trace=openat,open,socket,connect,sendmsg,sendmmsg,sendto'],
          ]);
          await tracer.until(() =>
            /^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${program.pid}/status`, 'utf8')),
          );

          const started = (): number =>
            program.lines.filter((line) => line.includes('"transferStarted"')).length;
          // A busy machine may drop some of them.
          while (started() < REQUESTS) {
            await client.run(
              ...(['hping3', '--quiet', '--udp', '--destport', '69', '--rand-source'] as const),
              ...['--interval', 'u2000', '--count', '200', '--data', String(bytes.length)],
              ...['--file', request, SERVER],
            );
          }
          await tracer.terminate();

          const calls = trace()
            .split('\n')
            .flatMap((line) => {
              const [, at, call = ''] = CALL.exec(line) ?? [];
              return at === undefined ? [] : [{ at: Number(at), call }];
            });
          const seconds = (calls.at(-1)?.at ?? Number.NaN) - (calls[0]?.at ?? Number.NaN);
          const callsOf = (what: RegExp): string[] =>
            calls.flatMap(({ call }) => (what.test(call) ? [call] : []));
          expect(callsOf(SEND_CALLS).length).toBeGreaterThan(0);
          expect(callsOf(/\bconnect\(/)).toEqual([]);
          // Once a second, the routes, the addresses of this host, and the MTU of a link.
          expect(callsOf(/"\/(?:sys|proc)\//).length).toBeLessThanOrEqual(2 * (seconds + 2));
        },
      );
    },
  );
});
