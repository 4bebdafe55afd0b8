import { describe, expect, it } from 'vitest';

import {
  DEFAULT_NEGOTIATION_POLICY,
  DEFAULT_PARAMETERS,
  DEFAULT_RETRANSMISSION_POLICY,
  negotiate,
  type ReceiveOpening,
  type SendOpening,
  type TftpOption,
} from '../src/index.js';
import { type LinkFaults, OneFaultLink, RandomLink, SINGLE_FAULTS } from './support/link.js';
import { SeededRandom } from './support/random.js';
import { patternBytes } from './support/serving.js';
import { simulate, type SimulationOptions, type SimulationResult } from './support/simulation.js';

/** Number of runs; each has its own seed, which a failure reports. */
const RUNS = 10_000;
const CHUNK = 1_000;

/** Enough attempts for a link that loses every third datagram. */
const PATIENT = {
  ...DEFAULT_RETRANSMISSION_POLICY,
  handshakeSends: 30,
  finalAckMs: 600_000,
  stallMs: 600_000,
};

describe('two machines over a faulty link', () => {
  for (let first = 1; first <= RUNS; first += CHUNK) {
    it(`deliver every byte, and send no block more often than the faults explain (seeds from ${first})`, () => {
      for (let seed = first; seed < first + CHUNK; seed += 1) {
        const random = new SeededRandom(seed);
        const options = randomTransfer(random);
        const faults = randomFaults(random);
        const links = {
          toReceiver: new RandomLink(faults, random),
          toSender: new RandomLink(faults, random),
        };
        const result = simulate(options, links, random);
        const found = problems(options, result);
        if (found.length > 0) {
          expect.fail(`seed ${seed}: ${found.join('; ')}`);
        }
      }
    });
  }
});

describe('one fault on an otherwise perfect link', () => {
  const DELAY_MS = 1;

  for (const windowsize of [1, 2, 3, 4, 8, 16]) {
    for (const direction of ['toReceiver', 'toSender'] as const) {
      it(`costs at most one window of ${windowsize}, whichever datagram it hits ${direction}`, () => {
        const blocks = 4 * windowsize + 2;
        for (const fault of SINGLE_FAULTS) {
          for (let victim = 0; victim < blocks + 4; victim += 1) {
            const random = new SeededRandom(1);
            const links = {
              toReceiver: new OneFaultLink(
                DELAY_MS,
                fault,
                direction === 'toReceiver' ? victim : -2,
              ),
              toSender: new OneFaultLink(DELAY_MS, fault, direction === 'toSender' ? victim : -2),
            };
            const options = plainTransfer(windowsize, blocks);
            const { sender, received } = simulate(options, links, random);
            const what = `${fault} datagram ${victim}`;
            expect(Buffer.compare(received, options.file), what).toBe(0);
            expect(sender.stats.blocksRetransmitted, what).toBeLessThanOrEqual(windowsize);
          }
        }
      });
    }
  }
});

/** Returns a simulated read of a file of full blocks, with the options that a window needs. */
function plainTransfer(windowsize: number, blocks: number): SimulationOptions {
  const options: TftpOption[] = [
    ['blksize', '8'],
    ['windowsize', String(windowsize)],
  ];
  const parameters = { ...DEFAULT_PARAMETERS, blksize: 8, windowsize };
  return {
    send: { opening: { type: 'offer', optionAck: options, parameters } },
    receive: {
      opening: { type: 'request', request: { type: 'rrq', filename: 'f', mode: 'octet', options } },
    },
    file: patternBytes(8 * (blocks - 1)),
    isSizeKnown: true,
    slowReads: 0,
    slowWrites: 0,
  };
}

function problems(options: SimulationOptions, result: SimulationResult): string[] {
  const { sender, receiver, sends, disturbances } = result;
  const found: string[] = [];
  if (!result.receiverEvents.some(({ type }) => type === 'completed')) {
    found.push(`receiver: ${JSON.stringify(result.receiverEvents.at(-1))}`);
  }
  if (
    !result.senderEvents.some(({ type }) => type === 'completed') &&
    !isInDoubt(options, result)
  ) {
    found.push(`sender: ${JSON.stringify(result.senderEvents.at(-1))}`);
  }
  if (Buffer.compare(result.received, options.file) !== 0) {
    found.push(`bytes differ: ${result.received.length} of ${options.file.length}`);
  }
  const explained = disturbances + sender.stats.timeouts + receiver.stats.timeouts;
  if (sends.some((count) => count > 1 + explained)) {
    found.push(
      `a block was sent ${Math.max(...sends)} times; the faults explain at most ${explained}`,
    );
  }
  const { windowsize } = sender.parameters;
  if (sender.stats.blocksRetransmitted > windowsize * explained) {
    found.push(`${sender.stats.blocksRetransmitted} repeated, explained ${explained}`);
  }
  // Block 1 may answer a repeated request; every other block waits for the timer.
  const repeats = sends.slice(2).reduce((sum, count) => sum + count - 1, 0);
  if (windowsize === 1 && repeats > sender.stats.timeouts) {
    found.push('a block was repeated in lock-step without a timeout');
  }
  if (sender.deadline !== undefined || receiver.deadline !== undefined) {
    found.push('a machine has not ended');
  }
  return found;
}

/**
 * Returns true if every ACK of the last window was lost until the receiver had gone. No protocol can rule
 * that out; the sender then reports the outcome as unknown.
 */
function isInDoubt({ file }: SimulationOptions, result: SimulationResult): boolean {
  const { sender, senderEvents, receiverEvents, disturbances } = result;
  const { blksize, windowsize } = sender.parameters;
  const end = senderEvents.at(-1);
  return (
    end?.type === 'failed' &&
    end.failure.by === 'timeout' &&
    receiverEvents.some(({ type }) => type === 'completed') &&
    sender.stats.bytesAcknowledged >= file.length - windowsize * blksize &&
    disturbances > 0
  );
}

function randomTransfer(random: SeededRandom): SimulationOptions {
  const requested = randomOptions(random);
  const blksize = Number(requested.find(([name]) => name === 'blksize')?.[1] ?? 512);
  const length = Math.max(0, random.integer(0, 40) * blksize + random.integer(-1, 1));
  const file = Uint8Array.from({ length }, () => random.integer(0, 255));
  const isRead = random.chance(0.5);
  const negotiated = negotiate(requested, DEFAULT_NEGOTIATION_POLICY, {
    direction: isRead ? 'read' : 'write',
    size: length,
  });
  if (!negotiated.ok) {
    throw new Error('every option here can be granted');
  }
  const { optionAck, parameters } = negotiated;
  const request = { filename: 'f', mode: 'octet', options: requested };
  const offer = { type: 'offer', optionAck, parameters } as const;
  const send: SendOpening = isRead
    ? optionAck.length > 0
      ? offer
      : { type: 'data' }
    : { type: 'request', request: { type: 'wrq', ...request } };
  const receive: ReceiveOpening = isRead
    ? { type: 'request', request: { type: 'rrq', ...request } }
    : optionAck.length > 0
      ? offer
      : { type: 'ack' };
  return {
    send: { opening: send, retransmission: PATIENT },
    receive: { opening: receive, retransmission: PATIENT },
    file,
    isSizeKnown: random.chance(0.7),
    slowReads: random.pick([0, 0, 0.05]),
    slowWrites: random.pick([0, 0, 0.05]),
  };
}

function randomOptions(random: SeededRandom): TftpOption[] {
  const options: TftpOption[] = [];
  if (random.chance(0.8)) {
    options.push(['blksize', String(random.pick([8, 9, 16, 33, 100]))]);
  }
  if (random.chance(0.7)) {
    options.push(['windowsize', String(random.pick([1, 2, 3, 4, 8, 16, 32]))]);
  }
  if (random.chance(0.3)) {
    options.push(['tsize', '0']);
  }
  if (random.chance(0.2)) {
    options.push(['timeout', String(random.integer(1, 3))]);
  }
  if (random.chance(0.2)) {
    options.push(['rollover', String(random.integer(0, 1))]);
  }
  return options;
}

function randomFaults(random: SeededRandom): LinkFaults {
  const rate = (): number => random.pick([0, 0, 0.01, 0.05, 0.2]);
  return {
    loss: random.pick([0, 0, 0.01, 0.05, 0.2, 0.33]),
    duplication: rate(),
    reordering: rate(),
    truncation: random.pick([0, 0, 0.05]),
    delayMs: random.pick([0, 0.1, 1, 20, 150]),
    jitterMs: random.pick([0, 0, 1, 50]),
  };
}
