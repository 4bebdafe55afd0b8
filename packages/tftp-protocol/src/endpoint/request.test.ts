import { describe, expect, it } from 'vitest';

import { encodePacket } from '../codec/encode.js';
import { isRequest, readRequest } from './request.js';

describe('readRequest', () => {
  it('refuses a packet that is not a request', () => {
    const ack = encodePacket({ type: 'ack', block: 1 });

    expect(isRequest(ack)).toBe(false);
    expect(readRequest(ack, true)).toMatchObject({ type: 'refused', code: 4 });
    expect(readRequest(new Uint8Array(1), true)).toMatchObject({ type: 'refused', code: 4 });
  });
});
