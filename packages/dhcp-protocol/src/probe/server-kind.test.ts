import { describe, expect, it } from 'vitest';

import { readCapture } from '../../test/support/captures.js';
import { decodeMessage, type DhcpOptions, MessageType, messageTypeOf } from '../index.js';
import { dhcpServerKind } from './server-kind.js';

const FIXTURES = new URL('../../test/fixtures/', import.meta.url);

/** Returns the options of the address offers in a recording. */
function leaseOffers(file: string): DhcpOptions[] {
  return readCapture(new URL(`${file}.pcap`, FIXTURES)).flatMap(({ payload }) => {
    const decoded = decodeMessage(payload);
    const isLease =
      decoded.ok &&
      messageTypeOf(decoded.message.options) === MessageType.offer &&
      decoded.message.yourAddress !== '0.0.0.0';
    return isLease ? [decoded.message.options] : [];
  });
}

function options(...codes: readonly number[]): DhcpOptions {
  return new Map(codes.map((code) => [code, Uint8Array.of(0)]));
}

describe('dhcpServerKind', () => {
  it.each([
    ['dnsmasq-lease', 'dnsmasq'],
    ['ovmf-dnsmasq', 'dnsmasq'],
    ['isc-lease', 'isc'],
    ['ovmf-isc', 'isc'],
    ['kea-lease', 'kea'],
    ['ovmf-kea', 'kea'],
  ] as const)('recognises the recorded offers of %s', (file, kind) => {
    const offers = leaseOffers(file);
    expect(offers.length).toBeGreaterThan(0);
    expect(offers.map(dhcpServerKind)).toEqual(offers.map(() => kind));
  });

  it.each([
    ['no options', []],
    ['the order of Windows', [53, 1, 58, 59, 51, 54]],
    ['numbers from the first on', [1, 3, 6, 51, 53, 54]],
    ['no lease', [53, 1, 54, 60]],
    ['a broadcast address after the mask', [53, 54, 51, 1, 28]],
    ['other options before the mask', [53, 54, 51, 6, 1]],
    ['times without a broadcast address', [53, 54, 51, 58, 59, 1, 3]],
    ['one of the two times', [53, 54, 51, 6, 59, 1, 28]],
    ['the times in the other order', [53, 54, 51, 58, 6, 1, 28]],
  ] as const)('does not guess from %s', (_title, codes) => {
    expect(dhcpServerKind(options(...codes))).toBeUndefined();
  });
});
