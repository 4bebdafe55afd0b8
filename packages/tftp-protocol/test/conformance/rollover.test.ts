/** C120-C125: files with more blocks than there are block numbers. */
import { describe, expect, it } from 'vitest';

import {
  type BlockSource,
  type ReceiveTransfer,
  type Rollover,
  type SendTransfer,
} from '../../src/index.js';
import { createTftpClient } from '../../src/node/index.js';
import { openSender, requestingReceiver } from '../support/machines.js';
import { patternBytes, serve } from '../support/serving.js';
import { ack, data, oack, sent } from '../support/wire-text.js';

/** Returns a file of zeros, of any size, that records the offsets read. */
function endless(size: number): BlockSource & { readonly offsets: number[] } {
  const offsets: number[] = [];
  const zeros = new Uint8Array(65_536);
  return {
    size,
    offsets,
    read: (offset, length) => {
      offsets.push(offset);
      return zeros.subarray(0, length);
    },
  };
}

/** Runs a sender until it has sent the absolute block `last`, acknowledging every window. */
function advance(
  machine: SendTransfer,
  windowsize: number,
  last: number,
  rollover: Rollover,
): void {
  let acked = 0;
  for (let now = 20; acked < last; now += 1) {
    drain(machine);
    acked += windowsize;
    machine.receive(ack(rollover === 0 ? acked % 65_536 : ((acked - 1) % 65_535) + 1), now);
  }
}

function drain(machine: SendTransfer | ReceiveTransfer): void {
  while (machine.nextEvent() !== undefined || machine.nextDatagram() !== undefined) {
    // Events and datagrams do not matter here.
  }
}

describe('rollover', () => {
  it('C120 block 0 follows block 65535', () => {
    const machine = openSender(endless(8 * 70_000), { parameters: { blksize: 8, windowsize: 5 } });

    advance(machine, 5, 65_535, 0);

    expect(sent(machine)).toEqual([
      'DATA 0 (8)',
      'DATA 1 (8)',
      'DATA 2 (8)',
      'DATA 3 (8)',
      'DATA 4 (8)',
    ]);
  });

  it('C120 a file of more than 65535 blocks arrives unchanged', async () => {
    const file = patternBytes(8 * 65_540 + 3);
    await using serving = await serve({ files: { file } });
    await using client = await createTftpClient({
      host: '127.0.0.1',
      port: serving.at.port,
      blksize: 8,
      windowsize: 64,
    });

    expect(Buffer.compare(await client.get('file'), file)).toBe(0);
  });

  it('C121 block 1 follows block 65535 if that is agreed on', () => {
    const parameters = { blksize: 8, windowsize: 5, rollover: 1 } as const;
    const machine = openSender(endless(8 * 70_000), { parameters });

    advance(machine, 5, 65_535, 1);

    expect(sent(machine)[0]).toBe('DATA 1 (8)');
  });

  it('C122 an ACK from within a window that spans the wrap restarts it at the right bytes', () => {
    const source = endless(8 * 70_000);
    const machine = openSender(source, { parameters: { blksize: 8, windowsize: 6 } });
    advance(machine, 6, 65_532, 0);
    expect(sent(machine)).toEqual(
      [65_533, 65_534, 65_535, 0, 1, 2].map((block) => `DATA ${block} (8)`),
    );
    source.offsets.length = 0;

    machine.receive(ack(0), 1e6);

    expect(sent(machine)[0]).toBe('DATA 1 (8)');
    expect(source.offsets[0]).toBe(65_536 * 8);
  });

  it('C123 an ACK 0 after the wrap acknowledges data', () => {
    const machine = openSender(endless(8 * 70_000), { parameters: { blksize: 8 } });
    advance(machine, 1, 65_535, 0);
    expect(sent(machine)).toEqual(['DATA 0 (8)']);

    machine.receive(ack(0), 1e6);

    expect(sent(machine)).toEqual(['DATA 1 (8)']);
    expect(machine.stats.bytesAcknowledged).toBe(8 * 65_536);
  });

  it('C124 blocks after the second wrap and bytes beyond 4 GiB are correct', () => {
    const blksize = 65_464;
    const source = endless(blksize * 140_000);
    const machine = openSender(source, { parameters: { blksize, windowsize: 64 } });

    advance(machine, 64, 131_136, 0);
    source.offsets.length = 0;
    drain(machine);

    expect(source.offsets[0]).toBe(131_136 * blksize);
    expect(131_136 * blksize).toBeGreaterThan(2 ** 32);
  });

  it('C125 a rollover to 1 that was not agreed on is rejected', () => {
    const machine = requestingReceiver([['blksize', '8']]);
    sent(machine);
    machine.receive(oack({ blksize: 8 }), 1);
    sent(machine);
    for (let block = 1; block <= 65_535; block += 1) {
      machine.receive(data(block, 8), block);
      drain(machine);
    }

    machine.receive(data(1, 8), 70_000);

    expect(machine.stats.bytesReceived).toBe(8 * 65_535);
    machine.receive(data(0, 8), 70_001);
    expect(sent(machine)).toEqual(['ACK 0']);
    expect(machine.stats.bytesReceived).toBe(8 * 65_536);
  });

  it('C121 a receiver accepts block 1 after 65535 if that is agreed on', () => {
    const machine = requestingReceiver([
      ['blksize', '8'],
      ['rollover', '1'],
    ]);
    sent(machine);
    machine.receive(oack({ blksize: 8, rollover: 1 }), 1);
    sent(machine);
    for (let block = 1; block <= 65_535; block += 1) {
      machine.receive(data(block, 8), block);
      drain(machine);
    }

    machine.receive(data(0, 8), 70_000);
    machine.receive(data(1, 8), 70_001);

    expect(sent(machine)).toEqual(['ACK 1']);
    expect(machine.stats.bytesReceived).toBe(8 * 65_536);
  });
});
