/** Failures of a client's transfers. */
import { createSocket, Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, it, vi } from 'vitest';

import { encodePacket } from '../../src/index.js';
import { createTftpClient, type TftpClient } from '../../src/node/index.js';
import { scriptedServer } from '../support/scripted-server.js';
import { HASTY, PATIENT, patternBytes, serve } from '../support/serving.js';
import { collectingSink } from '../support/sinks.js';

function clientOf(port: number): Promise<TftpClient> {
  return createTftpClient({ host: '127.0.0.1', port, retransmission: PATIENT });
}

/** Returns a stream that yields some pieces and then ends in the given way. */
function stream(
  pieces: number,
  then: (controller: ReadableStreamDefaultController<Uint8Array>) => void,
  cancel?: (reason: unknown) => void,
): ReadableStream<Uint8Array> {
  let left = pieces;
  return new ReadableStream({
    pull(controller) {
      left -= 1;
      if (left < 0) {
        then(controller);
      } else {
        controller.enqueue(patternBytes(5_000));
      }
    },
    ...(cancel && { cancel }),
  });
}

describe('put', () => {
  it('ends the transfer when its stream fails, with the error as cause', async () => {
    const broken = new Error('broken');
    const files = new Map<string, Uint8Array>();
    await using serving = await serve({ sink: () => collectingSink(files, 'f') });
    await using client = await clientOf(serving.at.port);

    const writing = client.put(
      'f',
      stream(3, (controller) => {
        controller.error(broken);
      }),
    );

    await expect(writing).rejects.toMatchObject({
      name: 'TftpError',
      code: 'ERR_TFTP_ABORTED',
      cause: broken,
    });
    expect(await serving.event('transferFinished')).toMatchObject({ outcome: 'aborted' });
    expect(files.size).toBe(0);
  });

  it.each([
    ['shorter', 2, 14_279],
    ['shorter, with a size of whole blocks', 2, 14_280],
    ['longer', 3, 14_279],
    ['longer than a whole number of blocks', 3, 14_280],
    ['not empty', 1, 0],
  ])('fails, and stores nothing, if its stream is %s', async (_, pieces, size) => {
    const files = new Map<string, Uint8Array>();
    await using serving = await serve({ sink: () => collectingSink(files, 'f') });
    const { port } = serving.at;
    await using client = await clientOf(port);

    const writing = client.put(
      'f',
      stream(pieces, (controller) => {
        controller.close();
      }),
      { size },
    );

    const more = pieces * 5_000 > size ? 'more' : pieces * 5_000;
    await expect(writing).rejects.toMatchObject({
      code: 'ERR_TFTP_ABORTED',
      message: `127.0.0.1:${port}: the transfer was aborted: expected a stream of ${size} bytes (size), got ${more}`,
    });
    expect(await serving.event('transferFinished')).toMatchObject({ outcome: 'aborted' });
    expect(files.size).toBe(0);
  });

  it.each([14_280, 14_281])('writes a stream of exactly %i bytes', async (size) => {
    const files = new Map<string, Uint8Array>();
    await using serving = await serve({ sink: () => collectingSink(files, 'f') });
    await using client = await clientOf(serving.at.port);
    const pieces = [patternBytes(10_000), patternBytes(size - 10_000)];

    await client.put('f', ReadableStream.from<Uint8Array>(pieces), { size });

    expect(files.get('f')).toHaveLength(size);
    expect(await serving.event('transferStarted')).toMatchObject({ size });
  });

  it('cancels its stream when the server refuses the file', async () => {
    await using serving = await serve();
    await using client = await clientOf(serving.at.port);
    let reason: unknown;

    const writing = client.put(
      'f',
      stream(
        Infinity,
        () => undefined,
        (why) => (reason = why),
      ),
    );

    await expect(writing).rejects.toMatchObject({ code: 'ERR_TFTP_REMOTE', wireCode: 2 });
    expect(reason).toMatchObject({ code: 'ERR_TFTP_REMOTE' });
  });

  it('reports progress until its signal aborts it', async () => {
    const abort = new AbortController();
    const files = new Map<string, Uint8Array>();
    await using serving = await serve({ sink: () => collectingSink(files, 'f') });
    await using client = await clientOf(serving.at.port);
    const totals = new Set<number | undefined>();

    const writing = client.put('f', patternBytes(1_000_000), {
      signal: abort.signal,
      onProgress: ({ bytes, size }) => {
        totals.add(size);
        if (bytes > 100_000) {
          abort.abort('enough');
        }
      },
    });

    await expect(writing).rejects.toMatchObject({ code: 'ERR_TFTP_ABORTED', cause: 'enough' });
    expect([...totals]).toEqual([1_000_000]);
    expect(files.size).toBe(0);
  });
});

describe('getStream', () => {
  it('ends the transfer when its stream is cancelled', async () => {
    await using serving = await serve({ files: { f: patternBytes(5_000_000) } });
    await using client = await clientOf(serving.at.port);

    const { stream: file } = await client.getStream('f');
    await file.cancel('enough');

    expect(await serving.event('transferFinished')).toMatchObject({
      outcome: 'aborted',
      error: { by: 'peer', code: 0 },
    });
  });

  it('fails the stream when the server gives up midway', async () => {
    await using server = await scriptedServer((packet) =>
      packet.type === 'rrq'
        ? [{ type: 'oack', options: [['tsize', '9999']] }]
        : packet.type === 'ack' && packet.block === 0
          ? [{ type: 'data', block: 1, data: patternBytes(512) }]
          : [{ type: 'error', code: 0, message: 'disk \x1b[31mgone\x80' }],
    );
    await using client = await clientOf(server.port);

    const { stream: file, size } = await client.getStream('f');
    const pieces: number[] = [];
    const reading = (async () => {
      for await (const piece of file) {
        pieces.push(piece.length);
      }
    })();

    await expect(reading).rejects.toMatchObject({
      code: 'ERR_TFTP_REMOTE',
      message: `127.0.0.1:${server.port} answered with error 0: disk \\x1b[31mgone\\x80`,
    });
    expect(size).toBe(9_999);
  });
});

/** Starts a server that announces a size and sends 7 bytes. */
async function serverOfWrongSize(tsize = '9') {
  return scriptedServer((packet) =>
    packet.type === 'rrq'
      ? [{ type: 'oack', options: [['tsize', tsize]] }]
      : packet.type === 'ack' && packet.block === 0
        ? [{ type: 'data', block: 1, data: patternBytes(7) }]
        : [],
  );
}

describe('get', () => {
  it('rejects a file whose size differs from tsize, and names the option that accepts it', async () => {
    await using server = await serverOfWrongSize();
    await using client = await clientOf(server.port);

    await expect(client.get('f')).rejects.toMatchObject({
      code: 'ERR_TFTP_PROTOCOL',
      message: `127.0.0.1:${server.port}: expected 9 bytes (tsize), got 7. To accept the file, set "checkSize" to false`,
    });
    await expect
      .poll(() => server.received.at(-1))
      .toMatchObject({ type: 'error', message: 'Size differs from tsize' });
  });

  it('accepts a file whose size differs from tsize when checkSize is false', async () => {
    await using server = await serverOfWrongSize();
    await using client = await clientOf(server.port);

    expect(await client.get('f', { checkSize: false })).toEqual(patternBytes(7));
    const { stream, size } = await client.getStream('f', { checkSize: false });
    const pieces: Uint8Array[] = [];
    for await (const piece of stream) {
      pieces.push(piece);
    }
    expect([size, Buffer.concat(pieces).length]).toEqual([9, 7]);
    await expect.poll(() => server.received.at(-1)).toMatchObject({ type: 'ack', block: 1 });
  });

  it('treats a tsize of 0 as unknown', async () => {
    await using server = await serverOfWrongSize('0');
    await using client = await clientOf(server.port);

    expect(await client.get('f')).toEqual(patternBytes(7));
  });

  it('names a host that answers in place of the server', async () => {
    const server = createSocket('udp4');
    const other = createSocket('udp4');
    server.bind({ address: '127.0.0.1', port: 0 });
    other.bind({ address: '127.0.0.2', port: 0 });
    await Promise.all([once(server, 'listening'), once(other, 'listening')]);
    server.on('message', (_bytes, { address, port }) => {
      other.send(encodePacket({ type: 'data', block: 1, data: patternBytes(5) }), port, address);
    });
    try {
      const { port } = server.address();
      await using client = await createTftpClient({
        host: '127.0.0.1',
        port,
        retransmission: HASTY,
      });

      await expect(client.get('f')).rejects.toMatchObject({
        code: 'ERR_TFTP_TIMEOUT',
        message: `127.0.0.1:${port} does not answer, but 127.0.0.2:${other.address().port} does: if it is the same server, connect to that address`,
      });
    } finally {
      server.close();
      other.close();
    }
  });

  it('enforces maxBytes on a server that announces no size', async () => {
    await using server = await scriptedServer((packet) =>
      packet.type === 'rrq' || packet.type === 'ack'
        ? [
            {
              type: 'data',
              block: packet.type === 'rrq' ? 1 : packet.block + 1,
              data: patternBytes(512),
            },
          ]
        : [],
    );
    await using client = await clientOf(server.port);

    await expect(client.get('f', { maxBytes: 2_000 })).rejects.toMatchObject({
      code: 'ERR_TFTP_ABORTED',
      wireCode: 3,
    });
    await expect
      .poll(() => server.received.at(-1))
      .toMatchObject({ type: 'error', code: 3, message: 'Too large' });
  });

  it('ends when the client is closed', async () => {
    await using serving = await serve({ files: { f: patternBytes(5_000_000) } });
    const client = await clientOf(serving.at.port);

    const reading = expect(client.get('f')).rejects.toMatchObject({ code: 'ERR_TFTP_ABORTED' });
    await serving.event('listening');
    await expect.poll(() => serving.server.activeTransfers).toBe(1);
    await client.close();

    await reading;
    await expect(client.get('f')).rejects.toMatchObject({ code: 'ERR_TFTP_ABORTED' });
  });

  it.each([0, 1, 2, 3, 4])(
    'opens no socket after close, called %i turns after a request',
    async (turns) => {
      await using server = await scriptedServer(() => []);
      const client = await clientOf(server.port);
      const bind = vi.spyOn(Socket.prototype, 'bind');

      const reading = expect(client.get('f')).rejects.toMatchObject({ code: 'ERR_TFTP_ABORTED' });
      for (let turn = 0; turn < turns; turn += 1) {
        await nextTurn();
      }
      await client.close();

      bind.mockClear();
      await reading;
      await nextTurn();
      await nextTurn();
      expect(bind).not.toHaveBeenCalled();
      bind.mockRestore();
    },
  );

  it('fails if the local address does not belong to this host', async () => {
    await using client = await createTftpClient({ host: '127.0.0.1', localAddress: '192.0.2.1' });

    await expect(client.get('f')).rejects.toMatchObject({
      code: 'ERR_TFTP_UNREACHABLE',
      message: '127.0.0.1:69 cannot be reached: EADDRNOTAVAIL',
    });
  });

  it('ends the transfer when its progress callback throws', async () => {
    await using serving = await serve({ files: { f: patternBytes(50_000) } });
    await using client = await clientOf(serving.at.port);
    const broken = new Error('broken');
    const onProgress = (): void => {
      throw broken;
    };

    await expect(client.get('f', { onProgress })).rejects.toMatchObject({
      code: 'ERR_TFTP_ABORTED',
      cause: broken,
    });
    expect(await serving.event('transferFinished')).toMatchObject({ outcome: 'aborted' });
  });
});

describe('createTftpClient', () => {
  it('fails when the host name has no address', async () => {
    await expect(createTftpClient({ host: 'none.invalid' })).rejects.toMatchObject({
      code: 'ERR_TFTP_UNREACHABLE',
      message: expect.stringMatching(/^none\.invalid:69 cannot be reached: /) as unknown,
      cause: { syscall: 'getaddrinfo' },
    });
  });

  it('fails when the local address and the server are of different families', async () => {
    const options = { host: '127.0.0.1', port: 6969, localAddress: '::1' };

    await expect(createTftpClient(options)).rejects.toMatchObject({
      code: 'ERR_TFTP_UNREACHABLE',
      message: '127.0.0.1:6969: cannot send from ::1 to 127.0.0.1',
    });
  });
});
