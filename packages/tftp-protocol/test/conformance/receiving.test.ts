/** C150-C159: uploads to a server. */
import { describe, expect, it } from 'vitest';

import { TftpError, type TftpSink } from '../../src/node/index.js';
import { memory, openSender, requestingReceiver } from '../support/machines.js';
import { RawClient } from '../support/raw-client.js';
import { HASTY, patternBytes, serve } from '../support/serving.js';
import { collectingSink } from '../support/sinks.js';
import { data, output, sent, told } from '../support/wire-text.js';

function collecting() {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    sink: ({ filename }: { filename: string }): TftpSink => collectingSink(files, filename),
  };
}

describe('receiving', () => {
  it('C150 a write request is answered with ACK 0, and each block with its ACK', async () => {
    const { files, sink } = collecting();
    await using serving = await serve({ sink });
    await using client = await RawClient.to(serving.at);

    client.write('f');
    expect(await client.answer()).toBe('ACK 0');
    client.block(1, patternBytes(512));
    expect(await client.answer()).toBe('ACK 1');
    client.block(2, patternBytes(8));
    expect(await client.answer()).toBe('ACK 2');

    expect(files.get('f')).toHaveLength(520);
    expect(await serving.event('transferFinished')).toMatchObject({
      direction: 'write',
      outcome: 'completed',
      bytesReceived: 520,
    });
  });

  it('C151 ACK 0 or the OACK is repeated until DATA 1 arrives', async () => {
    const { sink } = collecting();
    await using serving = await serve({ sink, retransmission: HASTY });
    await using plain = await RawClient.to(serving.at);
    await using optioned = await RawClient.to(serving.at);

    plain.write('f');
    optioned.write('f', { blksize: 100 });

    expect(await plain.answers(3)).toEqual(['ACK 0', 'ACK 0', 'ACK 0']);
    expect(await optioned.answers(3)).toEqual([
      'OACK blksize=100',
      'OACK blksize=100',
      'OACK blksize=100',
    ]);
    expect(await plain.answersDuring(500)).toEqual([]);
    expect(await optioned.answersDuring(1)).toEqual([]);
  });

  it('C152 a repeated block is acknowledged again, and written once', async () => {
    const { files, sink } = collecting();
    await using serving = await serve({ sink });
    await using client = await RawClient.to(serving.at);
    client.write('f');
    await client.next();

    client.block(1, patternBytes(512));
    expect(await client.answer()).toBe('ACK 1');
    client.block(1, patternBytes(512));
    expect(await client.answer()).toBe('ACK 1');
    client.block(2, patternBytes(3));
    expect(await client.answer()).toBe('ACK 2');

    expect(files.get('f')).toHaveLength(515);
  });

  it('C154 the last block is acknowledged again for a while after the end', async () => {
    const { sink } = collecting();
    await using serving = await serve({ sink });
    await using client = await RawClient.to(serving.at);
    client.write('f');
    await client.next();
    client.block(1, patternBytes(3));
    expect(await client.answer()).toBe('ACK 1');
    await serving.event('transferFinished');

    client.block(1, patternBytes(3));

    expect(await client.answer()).toBe('ACK 1');
  });

  it('C154 a machine dallies for two intervals after each repetition', () => {
    const machine = requestingReceiver();
    sent(machine);
    machine.receive(data(1, 10), 100);
    machine.finish(100);
    const { sent: packets, events } = output(machine);
    expect(packets).toEqual(['ACK 1']);
    expect(events.at(-1)).toEqual({ type: 'completed', finalAckMissing: false });
    expect(machine.deadline).toBe(2_100);

    machine.receive(data(1, 10), 1_000);
    expect(output(machine)).toEqual({ sent: ['ACK 1'], events: [] });
    expect(machine.deadline).toBe(3_000);
    machine.timeout(3_000);

    expect(machine.state).toBe('ended');
    expect(output(machine)).toEqual({ sent: [], events: [] });
  });

  it('C155 the last block is acknowledged only once the file is stored', async () => {
    let isClosed: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => (isClosed = resolve));
    await using serving = await serve({
      sink: () => ({ write: () => undefined, close: () => closed }),
    });
    await using client = await RawClient.to(serving.at);
    client.write('f');
    await client.next();

    client.block(1, patternBytes(3));
    expect(await client.answersDuring(150)).toEqual([]);
    isClosed();

    expect(await client.answer()).toBe('ACK 1');
  });

  it('C155 a slow sink keeps its client waiting and gets every byte in order', async () => {
    const pieces: Uint8Array[] = [];
    await using serving = await serve({
      sink: () => ({
        write: async (bytes) => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          pieces.push(bytes);
        },
        close: () => undefined,
      }),
    });
    const { createTftpClient } = await import('../../src/node/index.js');
    await using client = await createTftpClient({ host: '127.0.0.1', port: serving.at.port });

    await client.put('f', patternBytes(50_000));

    expect(Buffer.compare(Buffer.concat(pieces), patternBytes(50_000))).toBe(0);
  });

  it.each(['write', 'close'] as const)(
    'C156 a sink that fails to %s ends the transfer with its error, and is asked to clean up',
    async (method) => {
      let aborted = 0;
      const sink: TftpSink = {
        write: () => undefined,
        close: () => undefined,
        abort: () => void (aborted += 1),
      };
      await using serving = await serve({
        sink: () => ({
          ...sink,
          [method]: () => {
            throw new TftpError('disk full', { wireCode: 3 });
          },
        }),
      });
      await using client = await RawClient.to(serving.at);
      client.write('f');
      await client.next();

      client.block(1, patternBytes(3));

      expect(await client.answer()).toBe('ERROR 3 Disk full or allocation exceeded');
      expect(await serving.event('transferFinished')).toMatchObject({
        outcome: 'failed',
        error: { by: 'local', code: 3, message: 'disk full' },
      });
      expect(aborted).toBe(1);
    },
  );

  it('C156 a sink that fails later ends the transfer as well', async () => {
    let aborted = 0;
    await using serving = await serve({
      sink: () => ({
        write: () => Promise.reject(new Error('disk on fire')),
        close: () => undefined,
        abort: () => void (aborted += 1),
      }),
    });
    await using client = await RawClient.to(serving.at);
    client.write('f');
    await client.next();

    client.block(1, patternBytes(512));

    expect(await client.answer()).toBe('ERROR 0 Transfer failed');
    await expect.poll(() => aborted).toBe(1);
  });

  it('C158 a file that differs from its announced size is reported', async () => {
    const { sink } = collecting();
    await using serving = await serve({ sink });
    await using client = await RawClient.to(serving.at);
    client.write('f', { tsize: 100 });
    await client.next();
    client.block(1, patternBytes(3));

    expect(await serving.event('transferFinished')).toMatchObject({
      size: 100,
      bytesReceived: 3,
    });
  });

  it('C159 a server without a sink, or whose sink declines, answers with ERROR 2', async () => {
    await using readOnly = await serve();
    await using choosy = await serve({ sink: () => undefined });

    for (const { at } of [readOnly, choosy]) {
      await using client = await RawClient.to(at);
      client.write('f');
      expect(await client.answer()).toBe('ERROR 2 Access violation');
    }
  });

  it('C135 a write request repeated while it is being answered is one transfer', async () => {
    let opened = 0;
    await using serving = await serve({
      sink: () => {
        opened += 1;
        return { write: () => undefined, close: () => undefined };
      },
    });
    await using client = await RawClient.to(serving.at);
    client.write('f');
    await client.next();

    client.write('f');
    await client.during(80);
    client.block(1, patternBytes(2));

    expect(await client.answer()).toBe('ACK 1');
    expect(opened).toBe(1);
  });

  it('C066 a sender of unknown size ends with its source', () => {
    const whole = memory(600);
    const machine = openSender({ size: undefined, read: (at, length) => whole.read(at, length) });

    expect(sent(machine)).toEqual(['DATA 1 (512)']);
    machine.receive(Uint8Array.from([0, 4, 0, 1]), 20);
    expect(sent(machine)).toEqual(['DATA 2 (88)']);
    machine.receive(Uint8Array.from([0, 4, 0, 2]), 30);

    expect(told(machine)).toEqual([{ type: 'completed', finalAckMissing: false }]);
    expect(machine.stats.bytesAcknowledged).toBe(600);
  });
});
