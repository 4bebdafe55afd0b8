import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  CLIENT_IDENTIFIER,
  encoded,
  firmwareOptions,
  LINK_LOCAL,
  vendorClass,
} from '../../test/support/ipv6-messages.js';
import { bytesOf } from '../../test/support/messages.js';
import { AnswerLimits } from '../responder/answer-limits.js';
import { decodeDhcpv6Message } from './codec.js';
import { classifyHttpBootClient } from './http-boot-client.js';
import { HttpBootResponder, type HttpBootResponderOptions } from './http-boot-responder.js';
import { Dhcpv6MessageType, Dhcpv6OptionCode, type Dhcpv6Options } from './message.js';

const URL = 'http://[2001:db8::1]:8069/bootnetx64.efi';
const SERVER_IDENTIFIER = Uint8Array.of(0, 3, 0, 1, 2, 0, 0, 0, 0, 1);

function responder(changes: Partial<HttpBootResponderOptions> = {}): HttpBootResponder {
  return new HttpBootResponder({
    bootUrlFor: ({ cpu }) => (cpu === 'x64' ? URL : undefined),
    serverIdentifier: SERVER_IDENTIFIER,
    limits: new AnswerLimits(),
    ...changes,
  });
}

const question = (datagram: Uint8Array, address = LINK_LOCAL) => ({
  datagram,
  from: { address, port: 546 },
  link: 'eth0',
});

function changed(
  changes: readonly (readonly [number, readonly Uint8Array[] | undefined])[],
): Dhcpv6Options {
  const options = new Map(firmwareOptions(16));
  for (const [code, values] of changes) {
    if (values === undefined) {
      options.delete(code);
    } else {
      options.set(code, values);
    }
  }
  return options;
}

describe('HttpBootResponder', () => {
  it('advertises a URL and the vendor class, but no address, to HTTP Boot firmware', () => {
    const result = responder().receive(question(encoded(firmwareOptions(16))), 0);
    expect(result).toMatchObject({
      type: 'answered',
      url: URL,
      answer: { to: { address: LINK_LOCAL, port: 546 } },
      client: { mac: '52:54:00:12:34:56', vendorClass: 'HTTPClient', cpu: 'x64', architecture: 16 },
    });
    expect(result.type === 'answered' && decodeDhcpv6Message(result.answer.bytes)).toEqual({
      ok: true,
      message: {
        messageType: Dhcpv6MessageType.advertise,
        transactionId: 0x12_34_56,
        options: new Map([
          [Dhcpv6OptionCode.clientIdentifier, [CLIENT_IDENTIFIER]],
          [Dhcpv6OptionCode.serverIdentifier, [SERVER_IDENTIFIER]],
          [Dhcpv6OptionCode.vendorClass, [vendorClass('HTTPClient')]],
          [Dhcpv6OptionCode.bootFileUrl, [bytesOf(URL)]],
        ]),
      },
    });
  });

  it.each<[string, Uint8Array, string, string?]>([
    ['a datagram of another protocol', Uint8Array.of(1, 2), 'undecodable'],
    [
      'PXE firmware, which would refuse the answer',
      encoded(firmwareOptions(7, 'PXEClient')),
      'notBootClient',
    ],
    ['a system without a vendor class', encoded(changed([[16, undefined]])), 'notBootClient'],
    ['a REQUEST', encoded(firmwareOptions(16), Dhcpv6MessageType.request), 'messageType'],
    [
      'an INFORMATION-REQUEST',
      encoded(firmwareOptions(16), Dhcpv6MessageType.informationRequest),
      'messageType',
    ],
    ['a SOLICIT that names a server', encoded(changed([[2, [SERVER_IDENTIFIER]]])), 'messageType'],
    ['a client without an identifier', encoded(changed([[1, undefined]])), 'noHardwareAddress'],
    [
      'an identifier that is too short',
      encoded(changed([[1, [new Uint8Array(2)]]])),
      'noHardwareAddress',
    ],
    [
      'an identifier that is too long',
      encoded(changed([[1, [new Uint8Array(131)]]])),
      'noHardwareAddress',
    ],
    ['a sender outside the link', encoded(firmwareOptions(16)), 'addressRefused', '2001:db8::50'],
    ['an architecture without a boot file', encoded(firmwareOptions(19)), 'noBootFile'],
  ])('does not answer %s', (_name, datagram, reason, address) => {
    expect(responder().receive(question(datagram, address), 0)).toMatchObject({
      type: 'unanswered',
      reason,
    });
  });

  it('limits the answers to one client', () => {
    const limits = new AnswerLimits({ perClient: { perSecond: 1, burst: 2 } });
    const limited = responder({ limits });
    const types = [0, 0, 0, 1000].map((now) => {
      const result = limited.receive(question(encoded(firmwareOptions(16))), now);
      return result.type === 'answered' ? result.type : result.reason;
    });
    expect(types).toEqual(['answered', 'answered', 'rateLimited', 'answered']);
  });

  it('never sends more than 1.5 times the question', () => {
    const long = responder({ bootUrlFor: () => `http://[2001:db8::1]/${'x'.repeat(200)}` });
    expect(long.receive(question(encoded(firmwareOptions(16))), 0)).toMatchObject({
      reason: 'answerTooLarge',
    });
  });

  it('answers any bytes at most once, within the limit, and never with an address', () => {
    const whole = encoded(firmwareOptions(16));
    const change = fc.tuple(
      fc.integer({ min: 0, max: whole.length - 1 }),
      fc.integer({ min: 0, max: 255 }),
    );
    const datagram = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(change, { maxLength: 4 }).map((changes) => {
        const bytes = Uint8Array.from(whole);
        for (const [offset, value] of changes) {
          bytes[offset] = value;
        }
        return bytes;
      }),
    );
    let answers = 0;
    fc.assert(
      fc.property(datagram, (bytes) => {
        const result = responder().receive(question(bytes), 0);
        if (result.type === 'answered') {
          answers += 1;
          expect(result.answer.bytes.length).toBeLessThanOrEqual(1.5 * bytes.length);
          const answer = decodeDhcpv6Message(result.answer.bytes);
          expect(
            answer.ok && answer.message.options.has(Dhcpv6OptionCode.identityAssociation),
          ).toBe(false);
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
    expect(answers).toBeGreaterThan(100);
  });

  it('remembers a bounded number of clients', () => {
    const limits = new AnswerLimits({ maxClients: 16 });
    const flooded = responder({ limits });
    for (let index = 0; index < 1000; index += 1) {
      const identifier = Uint8Array.of(0, 3, 0, 1, 2, 0, 0, 0, index >> 8, index & 0xff);
      flooded.receive(question(encoded(changed([[1, [identifier]]]))), index);
    }
    expect(limits.clients).toBeLessThanOrEqual(16);
  });
});

describe('classifyHttpBootClient', () => {
  const classify = (options: Dhcpv6Options, source = 'fe80::1') =>
    classifyHttpBootClient({ messageType: 1, transactionId: 0, options }, source);

  it.each<[string, Dhcpv6Options, object]>([
    [
      'by the second of its vendor classes',
      changed([[16, [vendorClass('other', 'HTTPClient:Arch:00016')]]]),
      { architecture: 16 },
    ],
    [
      'by the architecture in its vendor class',
      changed([[61, undefined]]),
      { architecture: 16, cpu: 'x64' },
    ],
    [
      'by the first known architecture',
      changed([[61, [Uint8Array.of(2, 0, 0, 19)]]]),
      { architecture: 19 },
    ],
    [
      'with an unknown architecture',
      changed([[61, [Uint8Array.of(2, 0)]]]),
      { architecture: 512, cpu: 'other' },
    ],
    [
      'without an architecture',
      changed([
        [61, undefined],
        [16, [vendorClass('HTTPClient')]],
      ]),
      { architecture: undefined, firmware: 'other' },
    ],
    [
      'with an identifier that is a hardware address',
      changed([[1, [Uint8Array.of(0, 3, 0, 1, 2, 0, 0, 0, 0, 9)]]]),
      { mac: '02:00:00:00:00:09', uuid: undefined },
    ],
    [
      'with an identifier that is a UUID',
      changed([[1, [Uint8Array.of(0, 4, ...Array.from({ length: 16 }, (_, index) => index))]]]),
      { mac: '', uuid: '00010203-0405-0607-0809-0a0b0c0d0e0f' },
    ],
    [
      'with another hardware type',
      changed([[1, [Uint8Array.of(0, 3, 0, 6, 1, 2, 3, 4, 5, 6)]]]),
      { mac: '' },
    ],
    ['without an identifier', changed([[1, undefined]]), { mac: '', uuid: undefined }],
  ])('recognises firmware %s', (_name, options, client) => {
    expect(classify(options)).toMatchObject({ vendorClass: 'HTTPClient', ...client });
  });

  it.each([
    ['fe80::5054:ff:fe12:3456%eth0', '52:54:00:12:34:56'],
    ['fe80::200:1ff:fe00:9', '00:00:01:00:00:09'],
    ['fe80::1234:5678:9abc:def0', ''],
    ['fe80::1', ''],
  ])('reads the hardware address in %s', (source, mac) => {
    expect(classify(changed([[1, undefined]]), source)?.mac).toBe(mac);
  });

  it.each([[[]], [[Uint8Array.of(0, 0, 1)]], [[Uint8Array.of(0, 0, 1, 0x57, 0, 40, 0x48)]]])(
    'does not classify a client with the vendor classes %j as firmware',
    (values) => {
      expect(classify(changed([[16, values]]))).toBeUndefined();
    },
  );
});
