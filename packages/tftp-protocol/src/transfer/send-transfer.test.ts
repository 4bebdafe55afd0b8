import { describe, expect, it } from 'vitest';

import { blocks } from '../../test/support/block-names.js';
import {
  memory,
  offeringSender,
  openSender,
  requestingSender,
} from '../../test/support/machines.js';
import { ack, data, error, oack, output, sent, told } from '../../test/support/wire-text.js';
import { type SendState, SendTransfer } from './send-transfer.js';

/** Machines in each state at time 100; when sending, blocks 3 and 4 of 6 are outstanding. */
const MACHINES: Record<SendState, () => SendTransfer> = {
  requesting: () => requestingSender(memory(2_600), [['windowsize', '2']]),
  offering: () => offeringSender(memory(2_600), { parameters: { windowsize: 2 } }),
  sending: () => {
    const machine = openSender(memory(2_600), { parameters: { windowsize: 2 } });
    sent(machine);
    machine.receive(ack(2), 50);
    return machine;
  },
  ended: () => {
    const machine = openSender(memory(2_600));
    machine.abort(0, '');
    return machine;
  },
};

const INPUTS: Record<string, (machine: SendTransfer) => void> = {
  'ACK 0': (machine) => {
    machine.receive(ack(0), 100);
  },
  'ACK of an acknowledged block': (machine) => {
    machine.receive(ack(2), 100);
  },
  'ACK from within the window': (machine) => {
    machine.receive(ack(3), 100);
  },
  'ACK of the whole window': (machine) => {
    machine.receive(ack(4), 100);
  },
  'ACK of a block that was not sent': (machine) => {
    machine.receive(ack(9), 100);
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
  DATA: (machine) => {
    machine.receive(data(1, 5), 100);
  },
  'a request': (machine) => {
    machine.receive(Buffer.from('\0\x01f\0octet\0'), 100);
  },
  'a broken packet': (machine) => {
    machine.receive(Uint8Array.from([0, 4, 0]), 100);
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
  resume: (machine) => {
    machine.resume(100);
  },
  'the request again': (machine) => {
    machine.repeatAnswer(100);
  },
};

interface Effect {
  readonly next: SendState;
  readonly sends?: readonly string[];
  readonly tells?: readonly string[];
}

/** Input not listed here has no effect. */
const EFFECTS: Record<SendState, Record<string, Effect>> = {
  requesting: {
    'ACK 0': { next: 'sending', sends: blocks(1, 1), tells: ['negotiated'] },
    'valid OACK': { next: 'sending', sends: blocks(1, 2), tells: ['negotiated'] },
    'invalid OACK': {
      next: 'ended',
      sends: ['ERROR 8 Unacceptable value of windowsize'],
      tells: ['failed'],
    },
    ERROR: { next: 'ended', tells: ['failed'] },
    'timeout at the deadline': { next: 'requesting', sends: ['WRQ f octet windowsize=2'] },
    'timeout after two minutes': { next: 'ended', tells: ['failed'] },
    abort: { next: 'ended', sends: ['ERROR 0 enough'], tells: ['failed'] },
    'the request again': { next: 'requesting', sends: ['WRQ f octet windowsize=2'] },
  },
  offering: {
    'ACK 0': { next: 'sending', sends: blocks(1, 2), tells: ['negotiated'] },
    ERROR: { next: 'ended', tells: ['failed'] },
    'timeout at the deadline': { next: 'offering', sends: ['OACK blksize=512 windowsize=2'] },
    'timeout after two minutes': { next: 'ended', tells: ['failed'] },
    abort: { next: 'ended', sends: ['ERROR 0 enough'], tells: ['failed'] },
    'the request again': { next: 'offering', sends: ['OACK blksize=512 windowsize=2'] },
  },
  sending: {
    'ACK of an acknowledged block': { next: 'sending', sends: blocks(3, 4) },
    'ACK from within the window': { next: 'sending', sends: blocks(4, 5) },
    'ACK of the whole window': { next: 'sending', sends: ['DATA 5 (512)', 'DATA 6 (40)'] },
    ERROR: { next: 'ended', tells: ['failed'] },
    'timeout at the deadline': { next: 'sending', sends: blocks(3, 4) },
    'timeout after two minutes': { next: 'ended', tells: ['failed'] },
    abort: { next: 'ended', sends: ['ERROR 0 enough'], tells: ['failed'] },
  },
  ended: {},
};

describe('SendTransfer', () => {
  for (const state of Object.keys(MACHINES) as SendState[]) {
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

  it('limits the datagrams to a silent peer, including errors', () => {
    const machine = new SendTransfer({ opening: { type: 'data' }, source: memory(600) }, 0);
    const packets = sent(machine);
    for (const at of [1_000, 3_000]) {
      machine.timeout(at);
      packets.push(...sent(machine));
    }
    machine.repeatAnswer(3_500);
    machine.abort(0, 'enough');

    expect([...packets, ...sent(machine)]).toEqual([
      'DATA 1 (512)',
      'DATA 1 (512)',
      'DATA 1 (512)',
    ]);
    expect(machine.isPeerProven).toBe(false);
  });

  it('fails once a silent peer has been sent its maximum number of datagrams', () => {
    const machine = offeringSender(memory(600));
    for (let turn = 0; turn < 3; turn += 1) {
      sent(machine);
      machine.timeout(machine.deadline!);
    }

    expect(told(machine)).toEqual([
      {
        type: 'failed',
        failure: { by: 'timeout', stage: 'handshake', code: 0, message: 'no answer' },
      },
    ]);
  });

  it('waits for bytes that are not in memory, and repeats nothing meanwhile', () => {
    const file = memory(600);
    let isReady = false;
    const machine = openSender({
      size: 600,
      read: (offset, length) => (isReady ? file.read(offset, length) : undefined),
    });
    expect(sent(machine)).toEqual([]);
    machine.timeout(machine.deadline!);
    expect(sent(machine)).toEqual([]);
    expect(machine.stats.timeouts).toBe(0);

    isReady = true;
    machine.resume(5_000);

    expect(sent(machine)).toEqual(['DATA 1 (512)']);
    expect(machine.deadline).toBe(5_200);
    machine.resume(5_100);
    expect(machine.deadline).toBe(5_200);
  });

  it('fails if a source returns more than requested or less than it has', () => {
    for (const length of [513, 100]) {
      const machine = openSender({ size: 600, read: () => new Uint8Array(length) });

      expect(output(machine)).toMatchObject({
        sent: ['ERROR 0 File changed while it was sent'],
        events: [{ type: 'failed', failure: { by: 'local' } }],
      });
    }
  });

  it('treats a repeated OACK as a repeated ACK 0', () => {
    const machine = requestingSender(memory(2_600), [['windowsize', '2']]);
    sent(machine);
    machine.receive(oack({ windowsize: 2 }), 10);
    expect(sent(machine)).toEqual(blocks(1, 2));

    machine.receive(oack({ windowsize: 2 }), 50);

    expect(sent(machine)).toEqual(blocks(1, 2));
  });

  it('keeps to the interval agreed on in an OACK', () => {
    const machine = requestingSender(memory(2_600), [['timeout', '3']]);
    sent(machine);

    machine.receive(oack({ timeout: 3 }), 10);

    expect(machine.deadline).toBe(3_010);
  });

  it('counts blocks, ACKs and timeouts', () => {
    const machine = openSender(memory(1_000));
    sent(machine);
    machine.receive(ack(0), 20);
    machine.timeout(machine.deadline!);
    sent(machine);
    machine.receive(ack(1), 500);
    sent(machine);
    machine.receive(ack(2), 510);

    expect(machine.stats).toEqual({
      bytesSent: 512 + 512 + 488,
      bytesAcknowledged: 1_000,
      blocksSent: 3,
      blocksRetransmitted: 1,
      acksIgnored: 1,
      timeouts: 1,
    });
  });
});
