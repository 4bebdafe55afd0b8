/**
 * Fuzz invariants:
 *
 * - any bytes decode to a packet or a reason, and what decodes can be encoded again;
 * - any sequence of datagrams, timeouts and calls leaves a machine in one of its states, with a deadline if
 *   and only if it has not ended, at most one end reported, and bounded output;
 * - any datagrams from any sources leave an endpoint within its limits.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  decodePacket,
  DEFAULT_ENDPOINT_LIMITS,
  DEFAULT_NEGOTIATION_POLICY,
  encodePacket,
  ReceiveTransfer,
  SendTransfer,
  ServerEndpoint,
  type TransferEvent,
} from '../src/index.js';
import {
  memory,
  offeringReceiver,
  offeringSender,
  requestingReceiver,
  requestingSender,
} from './support/machines.js';

// The runs are always the same; FUZZ_SEED=$RANDOM tries others.
fc.configureGlobal({ seed: Number(process.env['FUZZ_SEED'] ?? 1) });

const number = fc.oneof(
  fc.integer({ min: 0, max: 12 }),
  fc.constantFrom(0xff, 0x100, 0x7fff, 0xfffe, 0xffff),
);
const optionText = fc.constantFrom(
  'blksize',
  'windowsize',
  'tsize',
  'timeout',
  '8',
  '0',
  '4',
  '512',
  'x',
  '',
);

/** Datagrams that often look enough like TFTP to get past the first checks. */
const datagram: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  number.map((block) => encodePacket({ type: 'ack', block })),
  fc
    .tuple(number, fc.constantFrom(0, 1, 8, 512, 600))
    .map(([block, length]) => encodePacket({ type: 'data', block, data: new Uint8Array(length) })),
  number.map((code) => encodePacket({ type: 'error', code, message: 'e' })),
  fc.array(fc.tuple(optionText, optionText), { maxLength: 3 }).map((pairs) =>
    Buffer.from(
      `\0\x06${pairs
        .flat()
        .map((text) => `${text}\0`)
        .join('')}`,
    ),
  ),
  fc
    .tuple(fc.constantFrom(1, 2), fc.array(fc.tuple(optionText, optionText), { maxLength: 3 }))
    .map(([opcode, pairs]) =>
      Buffer.from(
        `\0${String.fromCharCode(opcode)}f\0octet\0${pairs
          .flat()
          .map((text) => `${text}\0`)
          .join('')}`,
      ),
    ),
);

type Step =
  | { readonly do: 'receive'; readonly bytes: Uint8Array }
  | { readonly do: 'timeout' | 'wait' | 'abort' | 'pause' | 'resume' | 'finish' | 'repeat' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: datagram.map((bytes) => ({ do: 'receive' as const, bytes })) },
  { weight: 2, arbitrary: fc.constant({ do: 'timeout' as const }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step[]>(
      { do: 'wait' },
      { do: 'pause' },
      { do: 'resume' },
      { do: 'finish' },
      { do: 'repeat' },
      { do: 'abort' },
    ),
  },
);

const machines: readonly (() => SendTransfer | ReceiveTransfer)[] = [
  () => offeringSender(memory(5_000), { parameters: { windowsize: 4, blksize: 512 } }),
  () => new SendTransfer({ opening: { type: 'data' }, source: memory(1_500) }, 0),
  () => requestingSender(memory(3_000), [['windowsize', '8']]),
  () => offeringSender({ size: 700, read: () => undefined }),
  () => offeringSender({ size: undefined, read: () => new Uint8Array(512) }),
  () => offeringReceiver({ parameters: { windowsize: 4 } }),
  () => requestingReceiver([['blksize', '8']]),
  () => new ReceiveTransfer({ opening: { type: 'ack' } }, 0),
];

const STATES = {
  send: ['requesting', 'offering', 'sending', 'ended'],
  receive: ['requesting', 'offering', 'receiving', 'finishing', 'dallying', 'ended'],
};

describe('fuzzing', () => {
  it('decodes any bytes to a packet or a reason', () => {
    fc.assert(
      fc.property(fc.oneof(datagram, fc.uint8Array({ maxLength: 3_000 })), (bytes) => {
        const decoded = decodePacket(bytes);
        if (decoded.ok && isEncodable(bytes)) {
          const again = decodePacket(encodePacket(decoded.packet));
          expect(again).toEqual(decoded);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('leaves every machine in a legal state', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...machines),
        fc.array(step, { maxLength: 60 }),
        (make, steps) => {
          const machine = make();
          const states = machine instanceof SendTransfer ? STATES.send : STATES.receive;
          const events: TransferEvent[] = [];
          let now = 0;
          for (const one of steps) {
            now += one.do === 'wait' ? 500 : 1;
            now = Math.max(now, one.do === 'timeout' ? (machine.deadline ?? now) : now);
            take(machine, one, now);
            let datagrams = 0;
            while (machine.nextDatagram() !== undefined) {
              datagrams += 1;
            }
            for (
              let event = machine.nextEvent();
              event !== undefined;
              event = machine.nextEvent()
            ) {
              events.push(event);
            }
            expect(datagrams).toBeLessThanOrEqual(1 + machine.parameters.windowsize);
            expect(states).toContain(machine.state);
            expect(machine.deadline === undefined).toBe(machine.state === 'ended');
          }
          const ends = events.filter(({ type }) => type === 'completed' || type === 'failed');
          expect(ends.length).toBeLessThanOrEqual(1);
          expect(events.filter(({ type }) => type === 'negotiated').length).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 4_000 },
    );
  });

  it('ends every machine in bounded time once nothing more arrives', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...machines),
        fc.array(step, { maxLength: 20 }),
        (make, steps) => {
          const machine = make();
          let now = 0;
          for (const one of steps) {
            now += 1;
            take(machine, one, now);
          }
          const silentSince = now;
          for (let turn = 0; machine.deadline !== undefined; turn += 1) {
            now = machine.deadline;
            machine.timeout(now);
            while (machine.nextDatagram() !== undefined) {
              // The datagrams are discarded.
            }
            expect(turn).toBeLessThan(1_000);
          }
          expect(now - silentSince).toBeLessThanOrEqual(125_000);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('leaves an endpoint within its limits', () => {
    const limits = {
      ...DEFAULT_ENDPOINT_LIMITS,
      maxTransfers: 6,
      maxTransfersPerSource: 3,
      maxHalfOpen: 4,
      maxSources: 5,
    };
    const source = fc.record({
      address: fc.constantFrom(
        '10.0.0.1',
        '10.0.0.2',
        '10.0.0.3',
        '10.0.0.4',
        '10.0.0.5',
        '10.0.0.6',
      ),
      port: fc.constantFrom(0, 69, 1_000, 1_001, 1_002),
      family: fc.constant('IPv4' as const),
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(source, datagram, fc.constantFrom('listener', 'owned')), {
          maxLength: 80,
        }),
        (traffic) => {
          const endpoint = new ServerEndpoint<string>({
            acceptsWrites: true,
            allow: (address) => address !== '10.0.0.6',
            limits,
          });
          let now = 0;
          for (const [remote, bytes, local] of traffic) {
            now += 7;
            endpoint.receive(bytes, local, remote, now);
            answerAll(endpoint, now);
            endpoint.timeout(now);
            expect(endpoint.transfers.size).toBeLessThanOrEqual(limits.maxTransfers);
          }
          while (endpoint.deadline !== undefined && endpoint.transfers.size > 0) {
            now = Math.max(now, endpoint.deadline);
            endpoint.timeout(now);
            answerAll(endpoint, now);
          }
          expect(endpoint.transfers.size).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** Returns true if the packet in these bytes is short enough to be encoded again. */
function isEncodable(bytes: Uint8Array): boolean {
  return bytes.length <= 500;
}

function take(machine: SendTransfer | ReceiveTransfer, one: Step, now: number): void {
  switch (one.do) {
    case 'receive':
      machine.receive(one.bytes, now);
      break;
    case 'timeout':
    case 'wait':
      machine.timeout(now);
      break;
    case 'abort':
      machine.abort(0, 'enough');
      break;
    case 'resume':
      machine.resume(now);
      break;
    case 'repeat':
      machine.repeatAnswer(now);
      break;
    case 'pause':
    case 'finish':
      if (machine instanceof ReceiveTransfer) {
        machine[one.do](now);
      }
      break;
  }
}

/** Accepts every request, and discards everything sent. */
function answerAll(endpoint: ServerEndpoint<string>, now: number): void {
  const terms = { policy: DEFAULT_NEGOTIATION_POLICY, local: undefined };
  for (;;) {
    while (endpoint.nextDatagram() !== undefined) {
      // The datagrams are discarded.
    }
    const event = endpoint.nextEvent();
    if (event === undefined) {
      return;
    }
    if (event.type === 'requested') {
      if (event.transfer.request.type === 'rrq') {
        endpoint.acceptRead(event.transfer, memory(2_000), terms, now);
      } else {
        endpoint.acceptWrite(event.transfer, terms, now);
      }
    } else if (event.type === 'data' && event.isLast) {
      endpoint.finish(event.transfer, now);
    }
  }
}
