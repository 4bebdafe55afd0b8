import { describe, expect, it } from 'vitest';

import { acknowledgement, describeShape, readRequest } from './tftp-request.js';

describe('readRequest', () => {
  it('puts a zero byte after each word', () => {
    const request = readRequest({ filename: 'a', options: [['blksize', '8']] });
    expect(request.toString('latin1')).toBe('\0\x01a\0octet\0blksize\x008\0');
  });
});

describe('acknowledgement', () => {
  it('wraps with the block number', () => {
    expect(acknowledgement(0x1_0203)).toEqual(Buffer.from([0, 4, 2, 3]));
  });
});

describe('describeShape', () => {
  it('names what is out of the ordinary', () => {
    expect(describeShape({ filename: 'a' })).toBe('a');
    expect(describeShape({ filename: 'a', mode: 'mail', options: [['tsize', '0']] })).toBe(
      'a mail tsize=0',
    );
  });
});
