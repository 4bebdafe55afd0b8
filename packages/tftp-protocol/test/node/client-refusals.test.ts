/** A client of a closed port, and of servers that answer from any port. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import { bytesSource, createTftpClient, createTftpServer } from '../../src/node/index.js';
import { scriptedServer } from '../support/scripted-server.js';
import { PATIENT, patternBytes, serve } from '../support/serving.js';

/** Returns a UDP port on which no program listens. */
async function closedPort(address: string): Promise<number> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind({ address, port: 0 });
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => {
    socket.close(resolve);
  });
  return port;
}

describe.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '[::1]'],
])('a closed port of %s', (host, written) => {
  it('fails a read and a write immediately, with its name in the error', async () => {
    const port = await closedPort(host);
    await using client = await createTftpClient({ host, port, retransmission: PATIENT });
    const refusal = {
      name: 'TftpError',
      code: 'ERR_TFTP_UNREACHABLE',
      message: `${written}:${port} cannot be reached: no TFTP server is listening (ECONNREFUSED)`,
      cause: { code: 'ECONNREFUSED' },
    };

    await expect(client.get('f')).rejects.toMatchObject(refusal);
    await expect(client.getStream('f')).rejects.toMatchObject(refusal);
    await expect(client.put('f', patternBytes(5))).rejects.toMatchObject(refusal);
  });
});

describe('a client of a running server', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.0.0.1', false],
    ['::1', true],
    ['::1', false],
  ])(
    'reads from %s whether or not it answers from the requested port',
    async (address, singlePort) => {
      const file = patternBytes(100_000);
      await using serving = await serve({
        listen: [{ address, port: 0 }],
        files: { f: file },
        singlePort,
      });
      const options = { host: address, port: serving.at.port };
      await using client = await createTftpClient(options);
      await using lockStep = await createTftpClient({ ...options, windowsize: 1, blksize: 512 });

      expect(Buffer.compare(await client.get('f'), file)).toBe(0);
      expect(Buffer.compare(await lockStep.get('f'), file)).toBe(0);
    },
  );

  it('reads many files concurrently, each on its own port', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `f${index}`);
    await using server = await createTftpServer({
      listen: [{ address: '127.0.0.1', port: 0 }],
      source: ({ filename }) => bytesSource(Buffer.from(filename.repeat(2_000))),
    });
    const { port } = server.addresses[0]!;
    await using client = await createTftpClient({ host: '127.0.0.1', port });

    const files = await Promise.all(names.map((name) => client.get(name)));

    expect(files.map((bytes) => Buffer.from(bytes).toString())).toEqual(
      names.map((name) => name.repeat(2_000)),
    );
  });

  it('notices in the middle of a file that a server is gone', async () => {
    const server = await scriptedServer((packet) =>
      packet.type === 'rrq' ? [{ type: 'data', block: 1, data: patternBytes(512) }] : [],
    );
    await using client = await createTftpClient({
      host: '127.0.0.1',
      port: server.port,
      retransmission: { ...PATIENT, initialMs: 10, minMs: 10, maxMs: 10 },
    });
    const { stream } = await client.getStream('f');
    const reader = stream.getReader();
    expect(await reader.read()).toMatchObject({ done: false });

    await server[Symbol.asyncDispose]();

    await expect(reader.read()).rejects.toMatchObject({
      code: 'ERR_TFTP_UNREACHABLE',
      cause: { code: 'ECONNREFUSED' },
    });
  });
});
