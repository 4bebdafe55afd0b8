import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';
import { TftpPort } from './support/raw-tftp.js';
import { TEST_STORE } from './support/test-store.js';

const run = promisify(execFile);

/** Loads a whole file with curl. */
async function load(daemon: RunningDaemon, protocol: 'tftp' | 'http', file: string): Promise<void> {
  const url = `${protocol}://127.0.0.1:${daemon.port(protocol)}/${file}`;
  await run('curl', ['-sSf', '--max-time', '120', '-o', '/dev/null', url]);
}

/** Returns the form of the kernel paths in the menu for 127.0.0.1. */
async function kernels(daemon: RunningDaemon): Promise<'by URL' | 'over TFTP'> {
  const url = `http://127.0.0.1:${daemon.port('http')}/pxelinux.cfg/default`;
  const menu = await (await fetch(url)).text();
  return menu.includes(' LINUX ::debian/') ? 'over TFTP' : 'by URL';
}

/** Reads a file like a boot ROM that runs it instead of acknowledging the last block. */
async function blocksOf(port: TftpPort, name: string): Promise<Buffer[]> {
  const blocks: Buffer[] = [];
  port.ask(name);
  for (;;) {
    const answer = await port.next();
    if (answer.type !== 'data') {
      throw new Error(`expected a block, got ${answer.type}`);
    }
    if (answer.block > blocks.length) {
      blocks.push(answer.bytes);
    }
    if (answer.bytes.length < 512) {
      return blocks;
    }
    port.acknowledge(answer.block);
  }
}

describe.skipIf(lacks('apt-get', 'curl'))('the menu of an address', () => {
  it('is not changed by forged requests', async () => {
    await using daemon = await RunningDaemon.start(['--data-dir', TEST_STORE]);
    await using forger = await TftpPort.open(daemon.port('tftp'));
    forger.ask('pxelinux.0');
    expect((await forger.next()).type).toBe('data');
    expect(await kernels(daemon)).toBe('by URL');
    forger.error(0, 'not me');
    await daemon.logged('tftp.transfer');
    expect(await kernels(daemon)).toBe('by URL');
  });

  it('suits pxelinux.0 even if the ROM never acknowledges the last block', async () => {
    await using daemon = await RunningDaemon.start(['--data-dir', TEST_STORE]);
    await using rom = await TftpPort.open(daemon.port('tftp'));
    await using loader = await TftpPort.open(daemon.port('tftp'));

    expect((await blocksOf(rom, 'pxelinux.0')).length).toBeGreaterThan(2);
    const menu = Buffer.concat(await blocksOf(loader, 'pxelinux.cfg/default')).toString();

    expect(menu).toContain(' LINUX ::debian/');
    expect(menu).not.toContain('http://');
    expect(daemon.log.filter(({ event }) => event === 'tftp.transfer')).toEqual([]);
  });

  it.each(['tftp', 'http'] as const)(
    'suits both loaders after machines behind it loaded both, by %s',
    async (protocol) => {
      await using daemon = await RunningDaemon.start(['--data-dir', TEST_STORE]);
      await load(daemon, protocol, 'lpxelinux.0');
      expect(await kernels(daemon)).toBe('by URL');
      await load(daemon, protocol, 'pxelinux.0');
      await daemon.logged(protocol === 'tftp' ? 'tftp.transfer' : 'http.request');
      expect(await kernels(daemon)).toBe('over TFTP');
      await load(daemon, protocol, 'lpxelinux.0');
      expect(await kernels(daemon)).toBe('over TFTP');
    },
  );
});
