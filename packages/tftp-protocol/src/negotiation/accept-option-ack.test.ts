import { describe, expect, it } from 'vitest';

import { type TftpOption } from '../codec/packet.js';
import { acceptOptionAck } from './accept-option-ack.js';

const ASKED: readonly TftpOption[] = [
  ['tsize', '0'],
  ['blksize2', '2048'],
  ['utimeout', '500000'],
  ['rollover', '1'],
  ['password', 'secret'],
];

describe('acceptOptionAck', () => {
  it('accepts requested options in any case, and ignores unknown ones', () => {
    const accepted = acceptOptionAck(ASKED, [
      ['password', 'ok'],
      ['TSIZE', '9000'],
      ['blksize2', '1024'],
      ['utimeout', '500000'],
      ['rollover', '1'],
      ['tsize', '1'],
    ]);

    expect(accepted).toEqual({
      ok: true,
      parameters: { blksize: 1_024, windowsize: 1, timeoutMs: 500, rollover: 1, tsize: 9_000 },
    });
  });

  it('uses the default for a missing option', () => {
    expect(acceptOptionAck(ASKED, [['tsize', '5']])).toMatchObject({
      parameters: { blksize: 512, timeoutMs: undefined, rollover: 0 },
    });
  });

  it.each<[string, TftpOption]>([
    ['was not requested', ['blksize', '8']],
    ['is larger than requested', ['blksize2', '4096']],
    ['differs from the request', ['rollover', '0']],
    ['is not a number', ['tsize', '0x10']],
  ])('refuses an option that %s', (_name, option) => {
    expect(acceptOptionAck(ASKED, [option])).toMatchObject({ ok: false });
  });
});
