import { describe, expect, it } from 'vitest';

import { offeringReceiver, requestingReceiver } from '../../test/support/machines.js';
import { ack, data, error, oack, output, sent, told } from '../../test/support/wire-text.js';
import { type ReceiveState, ReceiveTransfer } from './receive-transfer.js';

function receiving(): ReceiveTransfer {
  const machine = requestingReceiver([['windowsize', '2']]);
  sent(machine);
  machine.receive(oack({ windowsize: 2 }), 10);
  sent(machine);
  machine.receive(data(1, 512), 20);
  machine.receive(data(2, 512), 21);
  return machine;
}

function finishing(): ReceiveTransfer {
  const machine = receiving();
  sent(machine);
  machine.receive(data(3, 7), 30);
  return machine;
}

/** Machines in each state at time 100; blocks 1 and 2 have been received in the states that follow data. */
const MACHINES: Record<ReceiveState, () => ReceiveTransfer> = {
  requesting: () => requestingReceiver([['windowsize', '2']]),
  offering: () => offeringReceiver({ parameters: { windowsize: 2 } }),
  receiving,
  finishing,
  dallying: () => {
    const machine = finishing();
    sent(machine);
    machine.finish(40);
    return machine;
  },
  ended: () => {
    const machine = receiving();
    machine.abort(0, '');
    return machine;
  },
};

const INPUTS: Record<string, (machine: ReceiveTransfer) => void> = {
  'DATA 1': (machine) => {
    machine.receive(data(1, 512), 100);
  },
  'DATA 2': (machine) => {
    machine.receive(data(2, 512), 100);
  },
  'DATA 3': (machine) => {
    machine.receive(data(3, 512), 100);
  },
  'DATA 3, short': (machine) => {
    machine.receive(data(3, 7), 100);
  },
  'DATA 4': (machine) => {
    machine.receive(data(4, 512), 100);
  },
  'DATA above blksize': (machine) => {
    machine.receive(data(3, 513), 100);
  },
  'valid OACK': (machine) => {
    machine.receive(oack({ windowsize: 2 }), 100);
  },
  'invalid OACK': (machine) => {
    machine.receive(oack({ windowsize: 3 }), 100);
  },
  'OACK without options': (machine) => {
    machine.receive(Uint8Array.from([0, 6]), 100);
  },
  ACK: (machine) => {
    machine.receive(ack(0), 100);
  },
  'a request': (machine) => {
    machine.receive(Buffer.from('\0\x02f\0octet\0'), 100);
  },
  'a broken packet': (machine) => {
    machine.receive(Uint8Array.from([0, 3, 0]), 100);
  },
  ERROR: (machine) => {
    machine.receive(error(2, 'no'), 100);
  },
  'timeout at the deadline': (machine) => {
    machine.timeout(machine.deadline ?? 100);
  },
  'timeout before the deadline': (machine) => {
    machine.timeout(100);
  },
  'timeout after two minutes': (machine) => {
    machine.timeout(130_000);
  },
  abort: (machine) => {
    machine.abort(0, 'enough');
  },
  finish: (machine) => {
    machine.finish(100);
  },
  pause: (machine) => {
    machine.pause();
  },
  resume: (machine) => {
    machine.resume(100);
  },
  'the request again': (machine) => {
    machine.repeatAnswer(100);
  },
};

interface Effect {
  readonly next: ReceiveState;
  readonly sends?: readonly string[];
  readonly tells?: readonly string[];
}

const FAILED: Effect = { next: 'ended', tells: ['failed'] };
const ABORTED: Effect = { next: 'ended', sends: ['ERROR 0 enough'], tells: ['failed'] };
const TOO_LARGE: Effect = {
  next: 'ended',
  sends: ['ERROR 4 Block larger than agreed'],
  tells: ['failed'],
};

/** Input not listed here has no effect. */
const EFFECTS: Record<ReceiveState, Record<string, Effect>> = {
  requesting: {
    'DATA 1': { next: 'receiving', sends: ['ACK 1'], tells: ['negotiated', 'data'] },
    'valid OACK': { next: 'receiving', sends: ['ACK 0'], tells: ['negotiated'] },
    'invalid OACK': {
      next: 'ended',
      sends: ['ERROR 8 Unacceptable value of windowsize'],
      tells: ['failed'],
    },
    ERROR: FAILED,
    'timeout at the deadline': { next: 'requesting', sends: ['RRQ f octet windowsize=2'] },
    'timeout after two minutes': FAILED,
    abort: ABORTED,
  },
  offering: {
    'DATA 1': { next: 'receiving', tells: ['negotiated', 'data'] },
    // The first block was lost, and the window has to start over.
    'DATA 2': { next: 'offering', sends: ['ACK 0'] },
    'DATA above blksize': TOO_LARGE,
    ERROR: FAILED,
    'timeout at the deadline': { next: 'offering', sends: ['OACK blksize=512 windowsize=2'] },
    'timeout after two minutes': FAILED,
    abort: ABORTED,
    'the request again': { next: 'offering', sends: ['OACK blksize=512 windowsize=2'] },
  },
  receiving: {
    'DATA 3': { next: 'receiving', tells: ['data'] },
    'DATA 3, short': { next: 'finishing', tells: ['data'] },
    'DATA 4': { next: 'receiving', sends: ['ACK 2'] },
    'DATA above blksize': TOO_LARGE,
    ERROR: FAILED,
    'timeout at the deadline': { next: 'receiving', sends: ['ACK 2'] },
    'timeout after two minutes': FAILED,
    abort: ABORTED,
  },
  finishing: {
    'DATA above blksize': TOO_LARGE,
    ERROR: FAILED,
    'timeout at the deadline': FAILED,
    'timeout after two minutes': FAILED,
    abort: ABORTED,
    finish: { next: 'dallying', sends: ['ACK 3'], tells: ['completed'] },
  },
  dallying: {
    'DATA 2': { next: 'dallying', sends: ['ACK 3'] },
    'DATA 3': { next: 'dallying', sends: ['ACK 3'] },
    'DATA 3, short': { next: 'dallying', sends: ['ACK 3'] },
    'DATA above blksize': { next: 'ended' },
    ERROR: { next: 'ended' },
    'timeout at the deadline': { next: 'ended' },
    'timeout after two minutes': { next: 'ended' },
    abort: { next: 'ended' },
  },
  ended: {},
};

describe('ReceiveTransfer', () => {
  for (const state of Object.keys(MACHINES) as ReceiveState[]) {
    for (const [name, input] of Object.entries(INPUTS)) {
      const { next, sends = [], tells = [] } = EFFECTS[state][name] ?? { next: state };
      it(`${state}, ${name}: ${next}`, () => {
        const machine = MACHINES[state]();
        output(machine);
        expect(machine.state).toBe(state);

        input(machine);

        const { sent: packets, events } = output(machine);
        expect(packets).toEqual(sends);
        expect(events.map(({ type }) => type)).toEqual(tells);
        expect(machine.state).toBe(next);
      });
    }
  }

  it('does not acknowledge data whose event is still in the queue', () => {
    const machine = requestingReceiver();
    sent(machine);
    machine.receive(data(1, 512), 10);

    expect(machine.nextDatagram()).toBeUndefined();
    expect(told(machine)).toHaveLength(2);

    expect(sent(machine)).toEqual(['ACK 1']);
  });

  it('acknowledges nothing while it is paused', () => {
    const machine = requestingReceiver();
    sent(machine);
    machine.receive(data(1, 512), 10);
    machine.pause();
    expect(sent(machine)).toEqual([]);
    machine.timeout(machine.deadline!);
    expect(sent(machine)).toEqual([]);

    machine.resume(900);

    expect(sent(machine)).toEqual(['ACK 1']);
    expect(machine.deadline).toBeGreaterThan(900);
  });

  it('accepts at most one unacknowledged window', () => {
    const machine = receiving();
    machine.pause();
    sent(machine);

    machine.receive(data(3, 512), 30);
    machine.receive(data(4, 512), 31);

    expect(told(machine)).toEqual([]);
    machine.resume(40);
    expect(sent(machine)).toEqual(['ACK 2']);
    machine.receive(data(3, 512), 50);
    expect(told(machine)).toHaveLength(1);
  });

  it('answers a repeated OACK with ACK 0', () => {
    const machine = requestingReceiver([['windowsize', '2']]);
    sent(machine);
    machine.receive(oack({ windowsize: 2 }), 10);
    expect(sent(machine)).toEqual(['ACK 0']);

    machine.receive(oack({ windowsize: 2 }), 500);

    expect(sent(machine)).toEqual(['ACK 0']);
  });

  it('limits the datagrams to a silent client, including errors', () => {
    const machine = new ReceiveTransfer({ opening: { type: 'ack' } }, 0);
    const packets = sent(machine);
    for (const at of [1_000, 3_000]) {
      machine.timeout(at);
      packets.push(...sent(machine));
    }
    machine.abort(0, 'enough');

    expect([...packets, ...sent(machine)]).toEqual(['ACK 0', 'ACK 0', 'ACK 0']);
    expect(machine.isPeerProven).toBe(false);
  });

  it('keeps to the agreed interval', () => {
    const machine = offeringReceiver({ parameters: { timeoutMs: 3_000 } });

    expect(machine.deadline).toBe(3_000);
  });

  it('counts blocks, ACKs and timeouts', () => {
    const machine = receiving();
    sent(machine);
    machine.receive(data(2, 512), 30);
    sent(machine);
    machine.timeout(machine.deadline!);
    sent(machine);

    expect(machine.stats).toEqual({
      bytesReceived: 1_024,
      blocksReceived: 3,
      blocksIgnored: 1,
      acksSent: 3,
      timeouts: 1,
    });
  });
});
