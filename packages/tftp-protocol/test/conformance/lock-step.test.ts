/** C080-C094: one block at a time (RFC 1350). */
import { describe, expect, it } from 'vitest';

import { DEFAULT_PACING_POLICY, SendTransfer } from '../../src/index.js';
import { bytesSource } from '../../src/node/index.js';
import { OneFaultLink } from '../support/link.js';
import { memory, openSender, requestingReceiver } from '../support/machines.js';
import { SeededRandom } from '../support/random.js';
import { RawClient } from '../support/raw-client.js';
import { PATIENT, patternBytes, serve } from '../support/serving.js';
import { simulate } from '../support/simulation.js';
import { ack, data, output, sent } from '../support/wire-text.js';

describe('lock-step', () => {
  it('C080 an empty file is one empty block', async () => {
    await using serving = await serve({ files: { f: new Uint8Array(0) } });
    await using client = await RawClient.to(serving.at);

    client.read('f');
    expect(await client.answer()).toBe('DATA 1 (0)');
    client.ack(1);

    expect(await serving.event('transferFinished')).toMatchObject({ outcome: 'completed' });
  });

  it('C081 a file of full blocks ends with an empty one', async () => {
    await using serving = await serve({ files: { f: patternBytes(1_024) } });
    await using client = await RawClient.to(serving.at);

    client.read('f');
    expect(await client.answer()).toBe('DATA 1 (512)');
    client.ack(1);
    expect(await client.answer()).toBe('DATA 2 (512)');
    client.ack(2);
    expect(await client.answer()).toBe('DATA 3 (0)');
  });

  it.each([
    [511, ['DATA 1 (511)']],
    [512, ['DATA 1 (512)', 'DATA 2 (0)']],
    [513, ['DATA 1 (512)', 'DATA 2 (1)']],
  ])('C082 a file of %i bytes is sent as %j', async (size, blocks) => {
    await using serving = await serve({ files: { f: patternBytes(size) } });
    await using client = await RawClient.to(serving.at);

    client.read('f');
    for (const [index, block] of blocks.entries()) {
      expect(await client.answer()).toBe(block);
      client.ack(index + 1);
    }

    expect(await serving.event('transferFinished')).toMatchObject({
      outcome: 'completed',
      bytesSent: size,
    });
  });

  it('C083 a block is repeated with growing intervals until the peer is given up', () => {
    const machine = openSender(memory(2_000));
    sent(machine);
    const repeatedAt: number[] = [];
    const endings: unknown[] = [];

    while (machine.deadline !== undefined) {
      const now = machine.deadline;
      machine.timeout(now);
      const { sent: packets, events } = output(machine);
      endings.push(...events);
      for (const packet of packets) {
        expect(packet).toBe('DATA 1 (512)');
        repeatedAt.push(now);
      }
    }

    expect(repeatedAt.slice(0, 6)).toEqual([210, 610, 1_410, 3_010, 6_210, 12_610]);
    expect(repeatedAt[7]! - repeatedAt[6]!).toBe(8_000);
    expect(endings).toMatchObject([{ type: 'failed', failure: { by: 'timeout' } }]);
  });

  it('C084 C086 a repeated or old ACK sends nothing and does not restart the timer', () => {
    const machine = openSender(memory(5_000));
    sent(machine);
    machine.receive(ack(1), 20);
    sent(machine);
    machine.receive(ack(2), 30);
    sent(machine);
    const { deadline } = machine;

    machine.receive(ack(2), 40);
    machine.receive(ack(1), 41);
    machine.receive(ack(0), 42);

    expect(sent(machine)).toEqual([]);
    expect(machine.deadline).toBe(deadline);
    expect(machine.stats.acksIgnored).toBe(3);
  });

  it('C085 an ACK of a block that was never sent is ignored', () => {
    const machine = openSender(memory(5_000));
    sent(machine);

    machine.receive(ack(2), 20);
    machine.receive(ack(30_000), 20);
    expect(sent(machine)).toEqual([]);
    machine.receive(ack(1), 21);

    expect(sent(machine)).toEqual(['DATA 2 (512)']);
  });

  it("C087 a late ACK does not double the blocks after it (Sorcerer's Apprentice)", () => {
    const blocks = 20;
    const options = {
      send: { opening: { type: 'data' } as const },
      receive: {
        opening: {
          type: 'request',
          request: { type: 'rrq', filename: 'f', mode: 'octet', options: [] },
        } as const,
      },
      file: patternBytes(512 * (blocks - 1)),
      isSizeKnown: true,
      slowReads: 0,
      slowWrites: 0,
    };
    const links = {
      // The third ACK is held back until both sides have repeated themselves.
      toSender: new OneFaultLink(1, { heldForMs: 5_000 }, 3),
      toReceiver: new OneFaultLink(1, 'lost', -2),
    };

    const { sends, sender } = simulate(options, links, new SeededRandom(1));

    expect(sender.stats.timeouts).toBeGreaterThan(0);
    expect(sends.slice(4)).toEqual(Array.from({ length: blocks - 3 }, () => 1));
  });

  it('C088 a file is delivered even if its last block is never acknowledged', async () => {
    await using serving = await serve({
      files: { f: patternBytes(600) },
      retransmission: { ...PATIENT, minMs: 20, maxMs: 20, finalAckMs: 2_000 },
    });
    await using client = await RawClient.to(serving.at);
    client.read('f');
    await client.next();
    client.ack(1);

    expect(await client.answers(3)).toEqual(['DATA 2 (88)', 'DATA 2 (88)', 'DATA 2 (88)']);
    expect(await serving.event('transferFinished')).toMatchObject({
      outcome: 'completed',
      finalAckMissing: true,
      bytesAcknowledged: 512,
    });
  });

  it('C089 an ACK after the end gets no answer', async () => {
    await using serving = await serve({ files: { f: patternBytes(10) } });
    await using client = await RawClient.to(serving.at);
    client.read('f');
    await client.next();
    client.ack(1);
    await serving.event('transferFinished');

    client.ack(1);

    expect(await client.answersDuring(100)).toEqual([]);
  });

  it.each([
    [0, 'No error, file close'],
    [0, 'TFTP Aborted'],
    [0, 'closed'],
    [0, 'Early terminate'],
    [8, 'User aborted the transfer'],
  ])(
    'C091 a client that ends a transfer with ERROR %i "%s" has changed its mind',
    async (code, message) => {
      await using serving = await serve({ files: { f: patternBytes(5_000) } });
      await using probing = await RawClient.to(serving.at);
      await using midway = await RawClient.to(serving.at);
      probing.read('f', { tsize: 0 });
      await probing.next();
      midway.read('f');
      await midway.next();
      midway.ack(1);
      await midway.next();

      probing.send({ type: 'error', code, message });
      midway.send({ type: 'error', code, message });

      await expect
        .poll(() => serving.events.filter(({ type }) => type === 'transferFinished'))
        .toMatchObject([{ outcome: 'aborted' }, { outcome: 'aborted' }]);
    },
  );

  it('C091 another ERROR in the middle of a file is a failure', async () => {
    await using serving = await serve({ files: { f: patternBytes(5_000) } });
    await using client = await RawClient.to(serving.at);
    client.read('f');
    await client.next();
    client.ack(1);
    await client.next();

    client.send({ type: 'error', code: 3, message: 'full' });

    expect(await serving.event('transferFinished')).toMatchObject({
      outcome: 'failed',
      error: { by: 'peer', code: 3, message: 'full' },
    });
  });

  it.each(['at once', 'by a promise'])(
    'C092 a source that fails %s ends the transfer with one ERROR',
    async (how) => {
      const whole = bytesSource(patternBytes(100_000));
      await using serving = await serve({
        source: () => ({
          ...whole,
          read: (offset, length) => {
            if (offset === 0) {
              return whole.read(0, Math.min(length, 512));
            }
            const error = new Error('/srv/disk is gone');
            if (how === 'at once') {
              throw error;
            }
            return Promise.reject(error);
          },
        }),
      });
      await using client = await RawClient.to(serving.at);
      client.read('f');
      expect(await client.answer()).toBe('DATA 1 (512)');
      client.ack(1);

      expect(await client.answer()).toBe('ERROR 0 Transfer failed');
      expect(await client.answersDuring(100)).toEqual([]);
      expect(await serving.event('transferFinished')).toMatchObject({
        outcome: 'failed',
        error: { by: 'local', message: '/srv/disk is gone' },
      });
    },
  );

  it('C094 a block that cannot be sent is treated as lost and repeated', () => {
    const machine = new SendTransfer(
      { opening: { type: 'data' }, source: memory(600), pacing: DEFAULT_PACING_POLICY },
      0,
    );
    // The driver drops what it cannot send; the machine repeats it after a timeout.
    expect(sent(machine)).toEqual(['DATA 1 (512)']);

    machine.timeout(machine.deadline!);

    expect(sent(machine)).toEqual(['DATA 1 (512)']);
  });

  it('C153 a receiver in lock-step ignores an early block', () => {
    const machine = requestingReceiver();
    sent(machine);
    machine.receive(data(1, 512), 5);
    sent(machine);

    machine.receive(data(3, 512), 6);

    expect(sent(machine)).toEqual([]);
    machine.receive(data(2, 512), 7);
    expect(sent(machine)).toEqual(['ACK 2']);
  });
});
