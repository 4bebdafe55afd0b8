/**
 * Makes every system call of a running server fail now and then, using strace. This may break the affected
 * transfers, but never the server.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { temporaryDirectory } from '../support/directories.js';
import { PrivateNetwork } from '../support/private-network.js';
import { RunningProgram } from '../support/running-program.js';

const PROGRAM = join(import.meta.dirname, '../support/endpoint-program.js');

/** System calls of a running server, and the errors that they may return. */
const FAILURES: readonly (readonly [calls: string, errors: readonly string[]])[] = [
  [
    'sendmsg,sendmmsg,sendto',
    ['EPERM', 'ENOBUFS', 'ENOMEM', 'ENETUNREACH', 'EHOSTUNREACH', 'EMSGSIZE', 'EIO'],
  ],
  ['recvmsg,recvmmsg', ['ENOMEM', 'ENOBUFS', 'EIO', 'ECONNREFUSED']],
  ['socket', ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EPERM']],
  ['bind', ['EADDRINUSE', 'EADDRNOTAVAIL', 'ENOBUFS', 'EACCES']],
  ['connect', ['ENETUNREACH', 'ENOBUFS']],
  ['setsockopt,getsockname', ['ENOBUFS', 'ENOMEM']],
  ['openat,open', ['EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'EACCES']],
  ['pread64,preadv,preadv2', ['EIO', 'ENOMEM']],
  ['fstat,statx,newfstatat,readlink', ['EIO', 'ENOMEM']],
  ['close', ['EIO', 'EINTR']],
];

describe('system errors', () => {
  describe.skipIf(lacks('strace', 'curl', 'atftp', 'ip') || lacksRoot())(
    'a server whose system calls fail',
    () => {
      const faults = FAILURES.flatMap(([calls, errors]) =>
        errors.map((error) => ({ calls, error })),
      );
      // Each test waits for its clients most of the time.
      it.concurrent.for(faults)(
        'continues when $calls fails with $error',
        { timeout: 300_000 },
        async ({ calls, error }, { expect }) => {
          await using temporary = await temporaryDirectory();
          const directory = temporary.path;
          const file = randomBytes(100_000);
          writeFileSync(join(directory, 'file'), file);
          await using network = new PrivateNetwork();
          const server = network.launch(process.execPath, PROGRAM, 'serve', directory, 'auto');
          await server.until(() => server.lines.some((line) => line.includes('"serving"')));

          const tracer = new RunningProgram('strace', [
            ...['-f', '-q', '-o', join(directory, 'trace'), '-p', String(server.pid)],
            ...['-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}`],
          ]);
          await tracer.until(() =>
            /^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${server.pid}/status`, 'utf8')),
          );
          // A failing socket() call is noticed at the next scan of the addresses, within 5 seconds.
          await expect
            .poll(async () => {
              await Promise.all([ask(network, directory), ask(network, directory, 'windowsize 8')]);
              return readFileSync(join(directory, 'trace'), 'utf8');
            })
            .toContain('(INJECTED)');
          await tracer.terminate();

          await expect
            .poll(async () => {
              await network.run(
                ...['curl', '-s', '-m', '20', '-o', join(directory, 'copy')],
                'tftp://127.0.0.1/file',
              );
              const { stdout } = await network.run(
                ...['cmp', join(directory, 'file'), join(directory, 'copy')],
              );
              return stdout;
            })
            .toBe('');
          expect(await server.terminate()).toBeNull();
        },
      );
    },
  );
});

/** Requests the file once, and gives up after two seconds, since the server may not answer. */
async function ask(network: PrivateNetwork, directory: string, option?: string): Promise<void> {
  await network.run(
    ...['sh', '-c', 'timeout -s KILL 2 "$@"; true', 'sh', 'atftp', '-g', '-r', 'file'],
    ...['-l', join(directory, `ignored-${option ?? 'none'}`)],
    ...(option === undefined ? [] : ['--option', option]),
    '127.0.0.1',
  );
}
