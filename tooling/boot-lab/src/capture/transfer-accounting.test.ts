import { describe, expect, it } from 'vitest';

import { type CapturedOutcome, type CapturedTransfer } from './tftp-transfers.js';
import { accountForTransfers } from './transfer-accounting.js';

function captured(file: string, dataBytes: number, outcome: CapturedOutcome = 'completed') {
  return {
    file,
    dataBytes,
    outcome,
    udpBytes: dataBytes + 50,
    client: { address: '10.77.0.50', port: 49_153 },
    startedAt: 0,
    endedAt: 1,
    content: () => new Uint8Array(dataBytes),
  } satisfies CapturedTransfer;
}

describe('accountForTransfers', () => {
  it('agrees when each transfer has the same bytes, whatever the spelling and the order', () => {
    const account = accountForTransfers(
      [
        { file: '/pxelinux.cfg/default', bytes: 900 },
        { file: '/lpxelinux.0', bytes: 75_072 },
        { file: '/lpxelinux.0', bytes: 0 },
      ],
      [
        captured('lpxelinux.0', 0),
        captured('lpxelinux.0', 75_072),
        captured('//pxelinux.cfg/default', 900),
      ],
    );
    expect(account).toEqual({
      transfers: 3,
      dataBytes: 75_972,
      udpBytes: 76_122,
      disagreements: [],
    });
  });

  it('leaves refused requests out of the comparison, not out of the sum', () => {
    const account = accountForTransfers([], [captured('pxelinux.cfg/0A', 0, 'refused')]);
    expect(account).toMatchObject({ transfers: 0, udpBytes: 50, disagreements: [] });
  });

  it('names each file whose bytes differ, and what only one side has', () => {
    const { disagreements } = accountForTransfers(
      [
        { file: '/ldlinux.c32', bytes: 119_524 },
        { file: '/menu.c32', bytes: 10 },
      ],
      [captured('ldlinux.c32', 120_932), captured('libutil.c32', 5)],
    );
    expect(disagreements).toEqual([
      '/ldlinux.c32: bytes in the log: 119524; on the wire: 120932',
      '/menu.c32: bytes in the log: 10; on the wire: nothing',
      '/libutil.c32: bytes in the log: nothing; on the wire: 5',
    ]);
  });
});
