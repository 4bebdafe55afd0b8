/** C100-C119: several blocks at a time (RFC 7440), and recovery when some are lost. */
import { describe, expect, it } from 'vitest';

import {
  DEFAULT_PARAMETERS,
  DEFAULT_RETRANSMISSION_POLICY,
  SendTransfer,
} from '../../src/index.js';
import { blocks } from '../support/block-names.js';
import { memory, offeringReceiver, openSender, requestingReceiver } from '../support/machines.js';
import { RawClient } from '../support/raw-client.js';
import { patternBytes, serve } from '../support/serving.js';
import { ack, data, oack, output, sent, told } from '../support/wire-text.js';

function windowed(windowsize: number, size: number, at = 10): SendTransfer {
  return openSender(memory(size), { parameters: { windowsize } }, at);
}

function windowedReceiver(windowsize: number) {
  const machine = requestingReceiver([['windowsize', String(windowsize)]]);
  sent(machine);
  machine.receive(oack({ windowsize }), 10);
  sent(machine);
  told(machine);
  return machine;
}

describe('windows', () => {
  it('C100 a window of one is plain RFC 1350', () => {
    const machine = windowed(1, 1_100);

    expect(sent(machine)).toEqual(blocks(1, 1));
    machine.receive(ack(1), 20);
    expect(sent(machine)).toEqual(blocks(2, 2));
    machine.receive(ack(2), 30);
    expect(sent(machine)).toEqual(['DATA 3 (76)']);
  });

  it("C101 C102 a windowsize is lowered to the server's limit, or ignored if invalid", async () => {
    const answers: string[] = [];
    for (const windowsize of [0, 'abc', 1, 16, 64, 65_536]) {
      await using serving = await serve({ files: { f: patternBytes(600) }, maxWindowSize: 32 });
      await using client = await RawClient.to(serving.at);
      client.read('f', { windowsize });
      answers.push(await client.answer());
    }

    expect(answers).toEqual([
      'DATA 1 (512)',
      'DATA 1 (512)',
      'OACK windowsize=1',
      'OACK windowsize=16',
      'OACK windowsize=32',
      'OACK windowsize=32',
    ]);
  });

  it('C103 a sender follows the example of RFC 7440', () => {
    const machine = windowed(4, 512 * 12 + 100);

    expect(sent(machine)).toEqual(blocks(1, 4));
    machine.receive(ack(4), 20);
    expect(sent(machine)).toEqual(blocks(5, 8));
    // Block 6 was lost: the window starts over after block 5.
    machine.receive(ack(5), 30);
    expect(sent(machine)).toEqual(blocks(6, 9));
    machine.receive(ack(9), 40);
    expect(sent(machine)).toEqual([...blocks(10, 12), 'DATA 13 (100)']);
    // The last ACK was lost: after a timeout, the last window is sent again.
    machine.timeout(machine.deadline!);
    expect(sent(machine)).toEqual([...blocks(10, 12), 'DATA 13 (100)']);
    machine.receive(ack(13), 500);
    expect(told(machine)).toEqual([{ type: 'completed', finalAckMissing: false }]);
  });

  it('C104 a receiver follows the example of RFC 7440', () => {
    const machine = windowedReceiver(4);

    for (const block of [1, 2, 3, 4]) {
      machine.receive(data(block, 512), 20);
    }
    expect(sent(machine)).toEqual(['ACK 4']);
    // Block 5 arrives, 6 is lost, and 7 reveals the loss.
    machine.receive(data(5, 512), 30);
    expect(sent(machine)).toEqual([]);
    machine.receive(data(7, 512), 31);
    expect(sent(machine)).toEqual(['ACK 5']);
    for (const block of [6, 7, 8, 9]) {
      machine.receive(data(block, 512), 40);
    }
    expect(sent(machine)).toEqual(['ACK 9']);
    // Block 10 arrives, 11 is lost, 12 reveals the loss, and one ACK reports it.
    machine.receive(data(10, 512), 50);
    machine.receive(data(12, 512), 51);
    expect(sent(machine)).toEqual(['ACK 10']);
    machine.receive(data(13, 100), 52);
    expect(sent(machine)).toEqual([]);
  });

  it('C105 a file that fills its last window ends with an empty block in another window', () => {
    const machine = windowed(4, 4 * 512);

    expect(sent(machine)).toEqual(blocks(1, 4));
    machine.receive(ack(4), 20);

    expect(sent(machine)).toEqual(['DATA 5 (0)']);
  });

  it('C106 a receiver acknowledges the last block immediately, even within a window', () => {
    const machine = windowedReceiver(8);

    machine.receive(data(1, 512), 20);
    machine.receive(data(2, 30), 20);
    expect(told(machine).at(-1)).toMatchObject({ type: 'data', isLast: true });
    machine.finish(21);

    expect(sent(machine)).toEqual(['ACK 2']);
  });

  it('C107 C108 an ACK from within a window restarts it after that block, once', () => {
    const machine = windowed(8, 100_000);
    sent(machine);

    machine.receive(ack(3), 20);
    expect(sent(machine)).toEqual(blocks(4, 11));
    // EDK2 sends another ACK for each block after the gap.
    for (let repeat = 0; repeat < 4; repeat += 1) {
      machine.receive(ack(3), 20 + repeat);
    }

    expect(sent(machine)).toEqual([]);
  });

  it('C109 a repeated ACK restarts a window once, since its first block was lost', () => {
    const machine = windowed(4, 100_000);
    sent(machine);
    machine.receive(ack(4), 20);
    expect(sent(machine)).toEqual(blocks(5, 8));

    machine.receive(ack(4), 30);
    expect(sent(machine)).toEqual(blocks(5, 8));
    machine.receive(ack(4), 40);
    expect(sent(machine)).toEqual([]);
    machine.timeout(machine.deadline!);
    expect(sent(machine)).toEqual(blocks(5, 8));
  });

  it('C109 a repeated ACK that arrives too early to be an answer is a duplicate', () => {
    const machine = windowed(4, 100_000);
    sent(machine);
    machine.receive(ack(4), 30);
    expect(sent(machine)).toEqual(blocks(5, 8));

    machine.receive(ack(4), 30.5);

    expect(sent(machine)).toEqual([]);
  });

  it('C109 the first repeated ACK after a repeated window is ignored as its echo', () => {
    const machine = windowed(4, 100_000);
    sent(machine);
    machine.receive(ack(4), 20);
    sent(machine);
    machine.receive(ack(4), 30);
    sent(machine);
    machine.receive(ack(8), 40);
    expect(sent(machine)).toEqual(blocks(9, 12));

    machine.receive(ack(8), 50);

    expect(sent(machine)).toEqual([]);
  });

  it('C110 when the last block of a window is lost, either timer recovers it', () => {
    const sender = windowed(4, 100_000);
    sent(sender);
    sender.timeout(sender.deadline!);
    expect(sent(sender)).toEqual(blocks(1, 4));

    const receiver = windowedReceiver(4);
    for (const block of [1, 2, 3]) {
      receiver.receive(data(block, 512), 20);
    }
    expect(sent(receiver)).toEqual([]);
    receiver.timeout(receiver.deadline!);
    expect(sent(receiver)).toEqual(['ACK 3']);
  });

  it('C111 after a timeout the window starts after the last ACK', () => {
    const machine = windowed(4, 100_000);
    sent(machine);
    machine.receive(ack(2), 20);
    sent(machine);

    machine.timeout(machine.deadline!);

    expect(sent(machine)).toEqual(blocks(3, 6));
  });

  it('C112 ACKs from outside the window are ignored', () => {
    const machine = windowed(4, 100_000);
    sent(machine);
    machine.receive(ack(4), 20);
    sent(machine);

    machine.receive(ack(9), 30);
    machine.receive(ack(3), 30);
    machine.receive(ack(40_000), 30);

    expect(sent(machine)).toEqual([]);
    expect(machine.stats.acksIgnored).toBe(3);
  });

  it('C113 a receiver answers a gap once, and the next gap again', () => {
    const machine = windowedReceiver(8);
    machine.receive(data(1, 512), 20);

    for (const block of [3, 4, 5, 6]) {
      machine.receive(data(block, 512), 21);
    }
    expect(sent(machine)).toEqual(['ACK 1']);
    machine.receive(data(2, 512), 30);
    machine.receive(data(4, 512), 31);
    expect(sent(machine)).toEqual(['ACK 2']);
  });

  it('C114 a receiver answers a repeated window once, at its end', () => {
    const machine = windowedReceiver(4);
    for (const block of [1, 2, 3, 4]) {
      machine.receive(data(block, 512), 20);
    }
    expect(sent(machine)).toEqual(['ACK 4']);

    for (const block of [1, 2, 3]) {
      machine.receive(data(block, 512), 1_000);
      expect(sent(machine)).toEqual([]);
    }
    machine.receive(data(4, 512), 1_000);

    expect(sent(machine)).toEqual(['ACK 4']);
  });

  it('C115 a repeated window of netascii is unchanged', async () => {
    const file = Buffer.from('ab\ncd\re'.repeat(200), 'latin1');
    await using serving = await serve({ files: { file } });
    await using client = await RawClient.to(serving.at);
    client.read('file', { windowsize: 4 }, 'netascii');
    await client.next();
    client.ack(0);
    const first = await client.nextPackets(4);

    client.ack(1);
    const again = await client.nextPackets(3);

    expect(again).toEqual(first.slice(1));
  });

  it('C116 a window is limited to unambiguous block numbers', () => {
    const machine = new SendTransfer(
      {
        opening: {
          type: 'offer',
          optionAck: [['windowsize', '65535']],
          parameters: { ...DEFAULT_PARAMETERS, windowsize: 65_535, blksize: 8 },
        },
        source: memory(8 * 70_000),
      },
      0,
    );
    sent(machine);
    machine.receive(ack(0), 1);
    expect(sent(machine)).toHaveLength(65_535);

    machine.receive(ack(65_535), 2);

    expect(machine.stats.bytesAcknowledged).toBe(8 * 65_535);
    expect(sent(machine)[0]).toBe('DATA 0 (8)');
  });

  it('C117 no window goes out before the client has answered the OACK', async () => {
    await using serving = await serve({ files: { f: patternBytes(60_000) } });
    await using client = await RawClient.to(serving.at);

    client.read('f', { windowsize: 16 });

    expect(await client.answer()).toBe('OACK windowsize=16');
    expect(await client.answersDuring(150)).toEqual([]);
  });

  it('C118 blocks are paced if configured', () => {
    const parameters = { ...DEFAULT_PARAMETERS, windowsize: 6 };
    const machine = new SendTransfer(
      {
        opening: { type: 'offer', optionAck: [['windowsize', '6']], parameters },
        source: memory(100_000),
        pacing: { burstBlocks: 2, gapMs: 5 },
      },
      0,
    );
    sent(machine);
    machine.receive(ack(0), 10);

    expect(sent(machine)).toEqual(blocks(1, 2));
    expect(machine.deadline).toBe(15);
    machine.timeout(15);
    expect(sent(machine)).toEqual(blocks(3, 4));
    machine.timeout(20);
    expect(sent(machine)).toEqual(blocks(5, 6));
    machine.receive(ack(6), 25);
    expect(sent(machine)).toEqual(blocks(7, 8));
  });

  it('C118 a burst has its full length although its first block was not in memory', () => {
    const parameters = { ...DEFAULT_PARAMETERS, windowsize: 6 };
    const file = memory(100_000);
    let isReady = false;
    const machine = new SendTransfer(
      {
        opening: { type: 'offer', optionAck: [['windowsize', '6']], parameters },
        source: {
          size: undefined,
          read: (from, length) => (isReady ? file.read(from, length) : undefined),
        },
        pacing: { burstBlocks: 2, gapMs: 5 },
      },
      0,
    );
    sent(machine);
    machine.receive(ack(0), 10);
    expect(sent(machine)).toEqual([]);

    isReady = true;
    machine.resume(11);

    expect(sent(machine)).toEqual(blocks(1, 2));
    machine.timeout(16);
    expect(sent(machine)).toEqual(blocks(3, 4));
  });

  it('C119 bursts shorten for a client that drops the tail of every window', () => {
    const machine = windowed(16, 1_000_000);
    let now = 20;
    let acked = 0;
    // The client's buffer holds five blocks; after a second, the client's timer acknowledges what has
    // arrived.
    for (let round = 0; round < 2; round += 1) {
      expect(sent(machine)).toEqual(blocks(acked + 1, acked + 16));
      now += 1_000;
      acked += 5;
      machine.receive(ack(acked), now);
    }

    expect(sent(machine)).toEqual(blocks(acked + 1, acked + 5));
    machine.timeout(machine.deadline!);
    expect(sent(machine)).toEqual(blocks(acked + 6, acked + 10));
  });

  it('C119 bursts lengthen again when whole windows arrive', () => {
    const machine = windowed(16, 10_000_000);
    let acked = 0;
    let now = 20;
    const transferWindow = (arrived: number): number => {
      let bursts = 0;
      for (let out = sent(machine); out.length > 0; out = sent(machine)) {
        bursts += 1;
        now = Math.max(now, Math.min(machine.deadline!, now + 5));
        machine.timeout(now);
      }
      acked += arrived;
      now += arrived === 16 ? 1 : 1_000;
      machine.receive(ack(acked), now);
      return bursts;
    };
    transferWindow(5);
    transferWindow(5);
    expect(transferWindow(16)).toBe(4);

    for (let window = 0; window < 20; window += 1) {
      transferWindow(16);
    }

    expect(transferWindow(16)).toBe(1);
  });

  it('C191 a peer that makes no progress is given up after two minutes', () => {
    const receiver = offeringReceiver({ parameters: { windowsize: 2 } });
    sent(receiver);
    receiver.receive(data(1, 512), 10);
    told(receiver);
    let last = 0;
    const endings: unknown[] = [];
    while (receiver.deadline !== undefined) {
      last = receiver.deadline;
      receiver.timeout(last);
      endings.push(...output(receiver).events);
    }

    expect(last).toBe(10 + DEFAULT_RETRANSMISSION_POLICY.stallMs);
    expect(endings).toMatchObject([{ type: 'failed', failure: { by: 'timeout' } }]);
  });
});
