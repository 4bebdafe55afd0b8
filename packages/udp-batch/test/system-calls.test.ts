/**
 * System calls on a link with an MTU of 1,500 bytes. UDP GSO: datagrams that fit the link go out in one
 * message, and others do not use it. Repolls happen only after a datagram.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

const run = promisify(execFile);

/** Expected number of intact datagrams by length: all 64. */
const INTACT = { 100: 64, 1400: 64, 1428: 64, 1472: 64, 1473: 64, 2000: 64 };

/** Setting of IP_MTU_DISCOVER in a line of strace, and its outcome. */
const MTU_SETTING = /IP_MTU_DISCOVER, \[(\d)\], 4\) = (\d|-1 [A-Z]+)/;

describe.skipIf(lacks('ip', 'strace') || lacksRoot())('system calls', () => {
  const network = `udp-batch-${process.pid}`;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'udp-batch-'));
    await run('ip', ['netns', 'add', network]);
    await run('ip', ['-n', network, 'link', 'set', 'lo', 'mtu', '1500', 'up']);
  });

  afterAll(async () => {
    await run('ip', ['netns', 'delete', network]);
    await rm(folder, { recursive: true });
  });

  /** Runs a program in the network; returns its output and the system calls that move datagrams. */
  async function traced(program: string, ...args: readonly string[]) {
    const trace = join(folder, program);
    const strace = ['strace', '-f', '-e', 'trace=sendmmsg,recvmmsg', '-o', trace];
    const { stdout } = await run('ip', [
      ...['netns', 'exec', network],
      ...[...strace, process.execPath, join(import.meta.dirname, 'support', program), ...args],
    ]);
    const lines = (await readFile(trace, 'utf8')).split('\n');
    const callsOf = (name: string): string[] => lines.filter((line) => line.includes(`${name}(`));
    return { stdout, sends: callsOf('sendmmsg'), receives: callsOf('recvmmsg') };
  }

  /** Runs `windows.js`; returns its output and the messages that it tried to send. */
  async function sent(mode: string) {
    const { stdout, sends } = await traced('windows.js', mode);
    return { intact: JSON.parse(stdout) as unknown, calls: sends };
  }

  it('pass a window as one message if the kernel can split it', async () => {
    const { intact, calls } = await sent('on');
    expect(intact).toEqual(INTACT);
    // Linux accepts 64 segments and 65,000 bytes per message, so each length that fits needs one or two
    // messages.
    const whole = calls.filter((call) => / = [12]$/.test(call));
    expect(whole.length).toBeGreaterThanOrEqual(4);
    // A length that is too large fails once: neither that length nor larger ones are tried again.
    expect(calls.filter((call) => call.includes('EMSGSIZE'))).toHaveLength(1);
  });

  it('use GSO after an error that GSO did not cause', async () => {
    const { sends } = await traced('refused.js');
    expect(sends.filter((call) => call.includes('ECONNREFUSED'))).not.toEqual([]);
    expect(sends.at(-1)).toMatch(/ = 1$/);
  });

  it('pass each datagram alone if GSO is turned off', async () => {
    const { intact, calls } = await sent('off');
    expect(intact).toEqual(INTACT);
    expect(calls.map((call) => / = (-?\d+)/.exec(call)?.[1])).toEqual(
      Array.from({ length: 6 }, () => '64'),
    );
  });

  it('poll for more before the thread sleeps, but not for long without success', async () => {
    const none = await traced('lone-peer.js', '0');
    expect(none.receives).toHaveLength(100);
    const five = await traced('lone-peer.js', '5');
    const empty = five.receives.filter((call) => call.includes('EAGAIN'));
    // The first 16 wake-ups poll, and so does the one after 64 further ones.
    expect(empty).toHaveLength(17 * 5);
    expect(five.receives).toHaveLength(100 + 17 * 5);
  });

  // gVisor refuses the newest setting of IP_MTU_DISCOVER.
  it.each([
    [1, ['5 -1 EOPNOTSUPP', '0 0']],
    [2, ['5 -1 EOPNOTSUPP', '0 -1 EOPNOTSUPP']],
  ])(
    'open a socket if the kernel refuses fragmentation settings, up to number %i',
    async (count, settings) => {
      const trace = join(folder, 'fragments');
      const { stdout } = await run('strace', [
        ...[
          '-f',
          '-e',
          'trace=setsockopt',
          '-e',
          `inject=setsockopt:error=EOPNOTSUPP:when=1..${count}`,
        ],
        ...['-o', trace, process.execPath],
        join(import.meta.dirname, 'support', 'fragments.js'),
      ]);
      expect(stdout).toBe('received\n');
      const lines = (await readFile(trace, 'utf8')).split('\n');
      expect(lines.flatMap((line) => MTU_SETTING.exec(line)?.slice(1).join(' ') ?? [])).toEqual(
        settings,
      );
    },
  );

  it('do not poll for more while several sockets take turns', async () => {
    const two = await traced('lone-peer.js', '5', '2');
    // Only the very first wake-up polls.
    expect(two.receives.filter((call) => call.includes('EAGAIN'))).toHaveLength(5);
  });
});
