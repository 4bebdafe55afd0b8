import { describe, expect, it } from 'vitest';

import { TftpError, wireMessage } from './errors.js';

describe('TftpError', () => {
  it('has a code, a wire code and a cause', () => {
    const cause = new Error('below');
    const error = new TftpError('no such file', { wireCode: 1, cause });

    expect(error).toMatchObject({
      name: 'TftpError',
      code: 'ERR_TFTP_REFUSED',
      wireCode: 1,
      cause,
    });
    expect(new TftpError('x')).toMatchObject({ wireCode: 0 });
  });

  it.each([-1, 65_536, 1.5])('rejects the wire code %d, which no packet can carry', (wireCode) => {
    expect(() => new TftpError('x', { wireCode })).toThrow(RangeError);
  });

  it.each(['', 'a'.repeat(127), 'two\nlines', 'caf\u00e9'])(
    'rejects %j as text for the peer, which firmware may cut off or garble',
    (peerMessage) => {
      expect(() => new TftpError('x', { peerMessage })).toThrow(RangeError);
    },
  );

  it('has text for every code', () => {
    expect(wireMessage(5)).toBe('Unknown transfer ID');
    expect(wireMessage(999)).toBe('Error');
  });
});
