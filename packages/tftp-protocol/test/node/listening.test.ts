/**
 * System side of a server's sockets: inherited sockets, buffers, and addresses that appear and disappear.
 */
import { open, writeFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { createTftpClient, createTftpServer, type TftpServerEvent } from '../../src/node/index.js';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directories.js';
import { ENDPOINT_PROGRAM, transferAll } from '../support/our-client.js';
import { PrivateNetwork } from '../support/private-network.js';
import { runProgram } from '../support/programs.js';
import { RunningProgram } from '../support/running-program.js';
import { patternBytes, serve } from '../support/serving.js';
import { TRANSPORT } from '../support/transport.js';

const FILE = patternBytes(3_000);

let directory: TemporaryDirectory;

describe('listening', () => {
  beforeAll(async () => {
    directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'f'), FILE);
  });

  afterAll(async () => {
    await directory[Symbol.asyncDispose]();
  });

  /** Waits until a server program prints an event of a type, optionally with a further condition. */
  async function printed<T extends TftpServerEvent['type']>(
    program: RunningProgram,
    type: T,
    isWanted: (event: Extract<TftpServerEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<TftpServerEvent, { type: T }>> {
    const find = (): Extract<TftpServerEvent, { type: T }> | undefined =>
      program.lines
        .map((line) => JSON.parse(line) as TftpServerEvent)
        .filter((event): event is Extract<TftpServerEvent, { type: T }> => event.type === type)
        .find(isWanted);
    await program.until(() => find() !== undefined);
    const found = find();
    if (found === undefined) {
      throw new Error(`no ${type}`);
    }
    return found;
  }

  describe.skipIf(lacks('perl'))('an inherited socket', () => {
    const ACTIVATE = join(import.meta.dirname, '../support/activate.pl');

    function activated(family: '4' | '6'): RunningProgram {
      const server = [process.execPath, ENDPOINT_PROGRAM, 'serve', directory.path, 'inherited'];
      return new RunningProgram('perl', [ACTIVATE, family, ...server]);
    }

    it('is used to answer requests when systemd passes it on', async () => {
      await using program = activated('4');
      const { local } = await printed(program, 'listening');
      await using client = await createTftpClient({ host: '127.0.0.1', port: local.port });

      expect(local).toMatchObject({ address: '0.0.0.0', family: 'IPv4' });
      expect(Buffer.compare(await client.get('f'), FILE)).toBe(0);
    });

    it.each([
      { host: '127.0.0.1', family: 'IPv4' },
      { host: '::1', family: 'IPv6' },
    ])(
      'C056 a socket for both families recognises $family by its address, and finds its MTU',
      async (to) => {
        await using program = activated('6');
        const { local } = await printed(program, 'listening');
        await using client = await createTftpClient({ host: to.host, port: local.port });

        const file = await client.get('f', { blksize: 65_464 });

        expect(Buffer.compare(file, FILE)).toBe(0);
        expect(await printed(program, 'transferFinished')).toMatchObject({
          outcome: 'completed',
          remote: { address: to.host, family: to.family },
          blksize: 65_464,
        });
      },
    );

    it('is refused if it is missing or not a UDP socket', async () => {
      const file = await open(join(directory.path, 'f'));
      const start = (fd: number): Promise<unknown> =>
        createTftpServer({ source: () => undefined, ...TRANSPORT, listen: [{ fd }] });

      await expect(start(file.fd)).rejects.toMatchObject({
        code: 'ERR_TFTP_LISTEN',
        message: expect.stringContaining(`file descriptor ${file.fd}`) as string,
        // Node's own error code, or the system's with native sockets.
        cause: { code: expect.stringMatching(/^(ERR_INVALID_FD_TYPE|ENOTSOCK)$/) as string },
      });
      await expect(start(99_999)).rejects.toMatchObject({ cause: { code: 'EBADF' } });
      await expect(start(-1)).rejects.toThrow(RangeError);
      await file.close();
    });
  });

  describe.skipIf(lacks('ss'))('the buffers of a socket', () => {
    it('are as large as requested', async () => {
      await using serving = await serve({ receiveBufferBytes: 50_000, sendBufferBytes: 60_000 });

      const filter = `sport = :${serving.at.port}`;
      const { stdout } = await runProgram('ss', ['-H', '-l', '-u', '-n', '-m', filter]);

      // The kernel doubles the requested size, for its own bookkeeping (socket(7)).
      expect(stdout).toMatch(/rb100000,.*tb120000,/);
    });

    it('have room for the requests from a rack by default', async () => {
      await using serving = await serve();
      await using small = await serve({ receiveBufferBytes: 50_000 });

      const { stdout } = await runProgram('ss', ['-H', '-l', '-u', '-n', '-m']);
      const size = (port: number): number =>
        Number(new RegExp(`:${port} [^]*?rb(\\d+),`).exec(stdout)?.[1]);

      expect(size(serving.at.port)).toBeGreaterThan(size(small.at.port));
    });
  });

  describe('buffers out of range', () => {
    it.each([{ receiveBufferBytes: 0 }, { sendBufferBytes: 2 ** 31 }])(
      'are refused: %j',
      async (options) => {
        const start = createTftpServer({ source: () => undefined, ...TRANSPORT, ...options });

        await expect(start).rejects.toThrow(RangeError);
      },
    );
  });

  describe.skipIf(lacks('ip') || lacksRoot())('listen: auto', () => {
    /** Creates a network that contains both ends of a link. */
    function networkWithLink(): PrivateNetwork {
      const network = new PrivateNetwork();
      network.ip('link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right');
      network.ip('link', 'set', 'right', 'up');
      network.ip('link', 'set', 'left', 'up');
      return network;
    }

    /** Returns the address that answers a request from one address to another. */
    async function answererOf(network: PrivateNetwork, from: string, to: string): Promise<string> {
      const ask = `
      const socket = require('node:dgram').createSocket('udp${isIPv6(from) ? 6 : 4}');
      socket.bind(0, '${from}', () => {
        socket.setBroadcast(true);
        const ask = () => socket.send('\\0\\x01f\\0octet\\0', 69, '${to}');
        ask();
        const again = setInterval(ask, 500);
        socket.once('message', (message, { address }) => {
          clearInterval(again);
          socket.close();
          process.stdout.write(address);
        });
      });`;
      const { stdout, stderr } = await network.run(process.execPath, '-e', ask);
      expect(stderr).toBe('');
      return stdout;
    }

    /** Returns the name of a network's only link except loopback. */
    async function linkOf(network: PrivateNetwork): Promise<string> {
      const { stdout } = await network.run('ls', '/sys/class/net');
      return stdout.split(/\s+/).find((name) => name !== 'lo' && name !== '') ?? '';
    }

    function ourServer(network: PrivateNetwork): RunningProgram {
      return network.launch(process.execPath, ENDPOINT_PROGRAM, 'serve', directory.path, 'auto');
    }

    it('binds an IPv6 address soon after it is no longer tentative', async () => {
      await using network = networkWithLink();
      const program = ourServer(network);

      // Meanwhile the system checks whether another host has the address.
      const { local } = await printed(program, 'listening', (event) =>
        event.local.address.endsWith('%left'),
      );

      expect(local).toMatchObject({ port: 69, family: 'IPv6' });
      expect(local.address).toMatch(/^fe80:/);
    });

    it('C137 answers a request to the broadcast address from its own', async () => {
      await using network = networkWithLink();
      network.ip('address', 'add', '10.9.0.1/24', 'broadcast', '10.9.0.255', 'dev', 'left');
      const program = ourServer(network);
      await printed(program, 'listening', ({ local }) => local.address === '10.9.0.1');

      expect(await answererOf(network, '10.9.0.1', '10.9.0.255')).toBe('10.9.0.1');
    });

    it("C137 answers a request to 255.255.255.255 from the address of the client's network", async () => {
      await using network = new PrivateNetwork();
      await using client = new PrivateNetwork();
      await using other = new PrivateNetwork();
      network.connect('10.8.0.1/24', other, '10.8.0.2/24');
      network.connect('10.9.0.1/24', client, '10.9.0.2/24');
      client.ip('route', 'add', 'default', 'dev', await linkOf(client));
      const program = ourServer(network);
      await printed(program, 'listening', ({ local }) => local.address === '10.9.0.1');

      expect(await answererOf(client, '10.9.0.2', '255.255.255.255')).toBe('10.9.0.1');
    });

    it('C137 answers a request to ff02::1 from an address of the link', async () => {
      await using network = new PrivateNetwork();
      await using client = new PrivateNetwork();
      network.connect('10.9.0.1/24', client, '10.9.0.2/24');
      const program = ourServer(network);
      const { local } = await printed(program, 'listening', (event) =>
        event.local.address.startsWith('fe80:'),
      );
      const link = await linkOf(client);

      const answerer = await answererOf(client, '::', `ff02::1%${link}`);

      expect(answerer.replace(/%.*/, '')).toBe(local.address.replace(/%.*/, ''));
    });

    it('C056 fits blocks to the link of the client, not to that of a virtual address on loopback', async () => {
      await using network = new PrivateNetwork();
      await using client = new PrivateNetwork();
      network.connect('10.9.0.1/24', client, '10.9.0.2/24');
      network.ip('address', 'add', '10.99.0.1/32', 'dev', 'lo');
      network.ip('link', 'set', await linkOf(network), 'mtu', '1400');
      client.ip('route', 'add', '10.99.0.1', 'via', '10.9.0.1');
      const program = ourServer(network);
      await printed(program, 'listening', ({ local }) => local.address === '10.99.0.1');

      const [outcome] = await transferAll(client, [
        {
          action: 'get',
          remote: 'f',
          local: join(directory.path, 'copy'),
          options: { host: '10.99.0.1', blksize: 65_464 },
        },
      ]);

      expect(outcome).toEqual({ ok: true });
      expect(await printed(program, 'transferFinished')).toMatchObject({ blksize: 1_368 });
    });

    it('listens soon after a link has come up', async () => {
      await using network = new PrivateNetwork();
      network.ip('link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right');
      network.ip('address', 'add', '10.9.0.1/24', 'dev', 'left');
      network.ip('link', 'set', 'left', 'up');
      const program = ourServer(network);
      const { local } = await printed(program, 'listening');
      expect(local.address).toBe('127.0.0.1');

      // The cable is plugged in only now.
      network.ip('link', 'set', 'right', 'up');

      await printed(program, 'listening', (event) => event.local.address === '10.9.0.1');
    });

    it('keeps its sockets while a link is briefly down', async () => {
      await using network = networkWithLink();
      network.ip('address', 'add', '10.9.0.1/24', 'broadcast', '10.9.0.255', 'dev', 'left');
      const program = ourServer(network);
      await printed(program, 'listening', ({ local }) => local.address === '10.9.0.1');

      network.ip('link', 'set', 'right', 'down');
      // An address that is added afterwards shows when the server has scanned again.
      network.ip('address', 'add', '127.0.0.9/8', 'dev', 'lo');
      await printed(program, 'listening', ({ local }) => local.address === '127.0.0.9');
      network.ip('link', 'set', 'right', 'up');

      expect(await answererOf(network, '10.9.0.1', '10.9.0.1')).toBe('10.9.0.1');
      // `right` may have lost its link-local address when it was taken down, so only 10.9.0.1 is checked.
      const stopped = program.lines.filter((line) => line.includes('"stoppedListening"'));
      expect(stopped.filter((line) => line.includes('"10.9.0.1"'))).toEqual([]);
    });

    it('follows address changes', async () => {
      await using network = networkWithLink();
      await network.run('sh', '-c', 'echo 1 >/proc/sys/net/ipv4/conf/all/promote_secondaries');
      network.ip('address', 'add', '10.9.0.1/24', 'broadcast', '10.9.0.255', 'dev', 'left');
      const program = ourServer(network);
      await printed(program, 'listening', ({ local }) => local.address === '10.9.0.1');

      network.ip('address', 'add', '10.9.0.2/24', 'broadcast', '10.9.0.255', 'dev', 'left');
      network.ip('address', 'delete', '10.9.0.1/24', 'dev', 'left');

      await printed(program, 'stoppedListening', ({ local }) => local.address === '10.9.0.1');
      await printed(program, 'listening', ({ local }) => local.address === '10.9.0.2');
      expect(await answererOf(network, '10.9.0.2', '10.9.0.255')).toBe('10.9.0.2');
    }, 120_000);
  });
});
