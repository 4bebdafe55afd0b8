/** UDP GSO on a link of 1,500 bytes: datagrams that fit go out in one message, others do not use it. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

const run = promisify(execFile);

/** Each length, and all of its datagrams. */
const INTACT = { 100: 64, 1400: 64, 1428: 64, 1472: 64, 1473: 64, 2000: 64 };

describe.skipIf(lacks('ip', 'strace') || lacksRoot())('segmentation', () => {
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

  /** Runs `windows.js` in the network; returns its output, and the messages that it tried to send. */
  async function sent(mode: string) {
    const trace = join(folder, mode);
    const program = join(import.meta.dirname, 'support/windows.js');
    const strace = ['strace', '-f', '-e', 'trace=sendmmsg', '-o', trace];
    const { stdout } = await run('ip', [
      ...['netns', 'exec', network],
      ...[...strace, process.execPath, program, mode],
    ]);
    const calls = (await readFile(trace, 'utf8'))
      .split('\n')
      .filter((line) => line.includes('sendmmsg('));
    return { intact: JSON.parse(stdout) as unknown, calls };
  }

  it('sends a window as one message where the kernel can split it', async () => {
    const { intact, calls } = await sent('on');
    expect(intact).toEqual(INTACT);
    // Linux takes 64 segments and 65,000 bytes: two messages for each length that fits.
    const whole = calls.filter((call) => / = [12]$/.test(call));
    expect(whole.length).toBeGreaterThanOrEqual(4);
    // Tried once: longer ones are not tried again.
    expect(calls.filter((call) => call.includes('EMSGSIZE'))).toHaveLength(1);
  });

  it('sends each datagram alone if it is turned off', async () => {
    const { intact, calls } = await sent('off');
    expect(intact).toEqual(INTACT);
    expect(calls.map((call) => / = (-?\d+)/.exec(call)?.[1])).toEqual(
      Array.from({ length: 6 }, () => '64'),
    );
  });
});
