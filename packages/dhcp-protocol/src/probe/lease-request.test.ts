import { describe, expect, it } from 'vitest';

import { BLANK } from '../../test/support/messages.js';
import { addressBytes, type DhcpMessage, MessageType, OptionCode } from '../index.js';
import { readLeaseRequest } from './lease-request.js';

const { messageType, serverIdentifier, requestedAddress } = OptionCode;

const REQUEST: DhcpMessage = {
  ...BLANK,
  options: new Map([
    [messageType, Uint8Array.of(MessageType.request)],
    [serverIdentifier, addressBytes('192.0.2.1')],
    [requestedAddress, addressBytes('192.0.2.50')],
  ]),
};

function without(code: number): DhcpMessage {
  return { ...REQUEST, options: new Map([...REQUEST.options].filter(([key]) => key !== code)) };
}

describe('readLeaseRequest', () => {
  it('names the client, its server and the address', () => {
    expect(readLeaseRequest(REQUEST)).toEqual({
      mac: '52:54:00:12:34:56',
      server: '192.0.2.1',
      requested: '192.0.2.50',
    });
    expect(readLeaseRequest(without(requestedAddress))?.requested).toBeUndefined();
  });

  it.each([
    ['a discover', { options: new Map([...REQUEST.options, [messageType, Uint8Array.of(1)]]) }],
    ['a reply', { operation: 'reply' }],
    ['a renewal', { clientAddress: '192.0.2.50' }],
    ['a request from a client that reboots, which names no server', without(serverIdentifier)],
  ] as const)('leaves out %s', (_title, change) => {
    expect(readLeaseRequest({ ...REQUEST, ...change })).toBeUndefined();
  });
});
