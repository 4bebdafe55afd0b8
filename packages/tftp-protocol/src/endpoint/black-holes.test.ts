import { describe, expect, it } from 'vitest';

import { encodePacket } from '../codec/encode.js';
import { DEFAULT_PARAMETERS } from '../negotiation/parameters.js';
import { ReceiveTransfer } from '../transfer/receive-transfer.js';
import { SendTransfer } from '../transfer/send-transfer.js';
import { BlackHoles } from './black-holes.js';
import { ServerTransfer } from './server-transfer.js';

const HOUR_MS = 3_600_000;
const TERMS = { openMs: 1_000, isForListener: false, standing: 'new' } as const;

function transferTo(address: string): ServerTransfer<string> {
  const remote = { address, port: 2_000, family: 'IPv4' } as const;
  const request = { type: 'rrq', filename: 'f', mode: 'octet', options: [] } as const;
  return new ServerTransfer(
    request,
    'octet',
    { local: 'socket', remote },
    new Uint8Array(),
    0,
    TERMS,
  );
}

/** Returns a read whose client has acknowledged the options but not the first block, which was repeated. */
function repeated({ address = '10.0.0.5', blksize = 1_468, size = 9_000 } = {}) {
  const transfer = transferTo(address);
  const machine = new SendTransfer(
    {
      opening: {
        type: 'offer',
        optionAck: [['blksize', String(blksize)]],
        parameters: { ...DEFAULT_PARAMETERS, blksize },
      },
      source: { size, read: (_offset, length) => new Uint8Array(length) },
    },
    0,
  );
  transfer.machine = machine;
  machine.nextDatagram();
  machine.receive(ack(0), 1);
  machine.nextDatagram();
  machine.timeout(machine.deadline ?? 0);
  machine.nextDatagram();
  return { transfer, machine };
}

function ack(block: number): Uint8Array {
  return encodePacket({ type: 'ack', block });
}

describe('BlackHoles', () => {
  it('remembers a client that never acknowledged the first large block for an hour', () => {
    const holes = new BlackHoles();
    const { transfer } = repeated();
    holes.watch(transfer);
    expect(holes.has('10.0.0.5', 5_000)).toBe(false);
    expect(holes.discover('10.0.0.6', 5_000)).toBeUndefined();
    expect(holes.discover('10.0.0.5', 5_000)).toBe(1_468);
    expect(holes.discover('10.0.0.5', 6_000)).toBeUndefined();
    expect(holes.has('10.0.0.5', HOUR_MS)).toBe(true);
    expect(holes.has('10.0.0.5', HOUR_MS + 5_000)).toBe(false);
  });

  it('does not suspect a client that has acknowledged a block', () => {
    const holes = new BlackHoles();
    const { transfer, machine } = repeated();
    machine.receive(ack(1), 3_000);
    holes.watch(transfer);
    expect(holes.discover('10.0.0.5', 5_000)).toBeUndefined();
  });

  it.each([
    ['small blocks', { blksize: 1_432 }],
    ['one short block', { size: 1_000 }],
  ])('does not suspect a client that gets %s', (_what, options) => {
    const holes = new BlackHoles();
    holes.watch(repeated(options).transfer);
    expect(holes.discover('10.0.0.5', 5_000)).toBeUndefined();
  });

  it('does not suspect clients that write, whose transfer is active, or that read successfully later', () => {
    const holes = new BlackHoles();
    holes.watch(transferTo('10.0.0.5'));
    const write = transferTo('10.0.0.5');
    const parameters = { ...DEFAULT_PARAMETERS, blksize: 1_468 };
    write.machine = new ReceiveTransfer(
      { opening: { type: 'offer', optionAck: [], parameters } },
      0,
    );
    holes.watch(write);
    expect(holes.discover('10.0.0.5', 5_000)).toBeUndefined();
    holes.watch(repeated().transfer);
    holes.watch(repeated({ blksize: 512 }).transfer);
    expect(holes.discover('10.0.0.5', 5_000)).toBeUndefined();
  });

  it('limits the number of watched clients', () => {
    const holes = new BlackHoles();
    const address = (host: number): string => `10.0.${host >> 8}.${host & 0xff}`;
    const { machine } = repeated();
    for (let host = 0; host <= 1_024; host += 1) {
      const transfer = transferTo(address(host));
      transfer.machine = machine;
      holes.watch(transfer);
    }
    expect(holes.discover(address(0), 5_000)).toBeUndefined();
    expect(holes.discover(address(1), 5_000)).toBe(1_468);
  });
});
