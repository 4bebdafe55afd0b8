import { describe, expect, it } from 'vitest';

import { type CapturedOutcome, type CapturedTransfer } from './tftp-transfers.js';
import { accountForExchanges, accountForTransfers } from './transfer-accounting.js';

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
        { file: '/pxelinux.cfg/default', sent: 900 },
        { file: '/lpxelinux.0', sent: 75_072 },
        { file: '/lpxelinux.0', sent: 0 },
      ],
      [
        captured('lpxelinux.0', 0),
        captured('lpxelinux.0', 75_072),
        captured('//pxelinux.cfg/default', 900),
      ],
    );
    expect(account).toEqual({
      count: 3,
      contentBytes: 75_972,
      disagreements: [],
    });
  });

  it('leaves refused requests out', () => {
    const account = accountForTransfers([], [captured('pxelinux.cfg/0A', 0, 'refused')]);
    expect(account).toEqual({ count: 0, contentBytes: 0, disagreements: [] });
  });

  it('names each file whose bytes differ, and files that only one side has', () => {
    const { disagreements } = accountForTransfers(
      [
        { file: '/ldlinux.c32', sent: 119_524 },
        { file: '/menu.c32', sent: 10 },
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

describe('accountForExchanges', () => {
  const exchange = { method: 'GET', path: '//a/linux', status: 200 };
  const captured = {
    ...exchange,
    body: new Uint8Array(9),
    userAgent: 'Syslinux/6.04',
    complete: true,
  };

  it('distinguishes methods and statuses', () => {
    const head = { method: 'HEAD', path: '/a/linux', status: 200, bytes: 0 };
    const get = { method: 'GET', path: '/a/linux', status: 200, bytes: 9 };
    expect(accountForExchanges([get], [captured])).toMatchObject({
      count: 1,
      contentBytes: 9,
      disagreements: [],
    });
    expect(accountForExchanges([head, get], [captured]).disagreements).toEqual([
      'HEAD /a/linux 200: bytes in the log: 0; on the wire: nothing',
    ]);
    const missing = { ...captured, path: '/revocations.efi', status: 404 };
    expect(accountForExchanges([get], [captured, missing]).disagreements).toEqual([]);
    expect(accountForExchanges([{ ...get, bytes: 10 }], [captured]).disagreements).toEqual([
      'GET /a/linux 200: bytes in the log: 10; on the wire: 9',
    ]);
  });
});
