import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import {
  decodeDhcpv6Message,
  Dhcpv6OptionCode,
  type Dhcpv6Options,
  encodeDhcpv6Message,
} from '../src/index.js';
import { writeIpv6Capture } from './support/captures.js';
import { CLIENT_IDENTIFIER, firmwareOptions, vendorClass } from './support/ipv6-messages.js';
import { bytesOf, present } from './support/messages.js';

/** Fields that tshark prints; an option that occurs several times has several values. */
const FIELDS = [
  'dhcpv6.msgtype',
  'dhcpv6.xid',
  'dhcpv6.option.type',
  'dhcpv6.option.length',
  'dhcpv6.duid.bytes',
  'dhcpv6.requested_option_code',
  'dhcpv6.elapsed_time',
  'dhcpv6.vendorclass.enterprise',
  'dhcpv6.vendorclass.data',
  'dhcpv6.userclass.opaque_data',
] as const;

/**
 * Has tshark decode the messages of a capture, and returns the fields that it prints: one list per message.
 */
function shownBy(file: string): string[][] {
  const output = execFileSync(
    'tshark',
    [
      ...['-r', file, '-n', '-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=;'],
      ...FIELDS.flatMap((field) => ['-e', field]),
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 * 1024 * 1024 },
  );
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}

/** Returns the fields as tshark shows them, from what the decoder has read. */
function fieldsOf(payload: Uint8Array): string[] {
  const decoded = decodeDhcpv6Message(payload);
  if (!decoded.ok) {
    throw new Error(decoded.reason);
  }
  const { messageType, transactionId, options } = decoded.message;
  const valuesOf = (code: number): readonly Buffer[] =>
    (options.get(code) ?? []).map((value) => Buffer.from(value));
  const all = [...options].flatMap(([code, values]) =>
    values.map((value) => [code, value.length] as const),
  );
  const list = (values: readonly (number | string)[]): string => values.join(';');
  return [
    String(messageType),
    `0x${transactionId.toString(16).padStart(6, '0')}`,
    list(all.map(([code]) => code)),
    list(all.map(([, length]) => length)),
    list(
      [Dhcpv6OptionCode.clientIdentifier, Dhcpv6OptionCode.serverIdentifier].flatMap((code) =>
        valuesOf(code).map((value) => value.toString('hex')),
      ),
    ),
    list(
      valuesOf(Dhcpv6OptionCode.optionRequest).flatMap((value) =>
        Array.from({ length: value.length / 2 }, (_, index) => value.readUInt16BE(2 * index)),
      ),
    ),
    list(valuesOf(Dhcpv6OptionCode.elapsedTime).map((value) => 10 * value.readUInt16BE(0))),
    list(valuesOf(Dhcpv6OptionCode.vendorClass).map((value) => value.readUInt32BE(0))),
    list(valuesOf(Dhcpv6OptionCode.vendorClass).map((value) => value.toString('latin1', 6))),
    list(valuesOf(Dhcpv6OptionCode.userClass).map((value) => value.toString('hex', 2))),
  ];
}

const text = fc
  .array(fc.integer({ min: 0x30, max: 0x7a }), { minLength: 1, maxLength: 60 })
  .map((units) => String.fromCharCode(...units).replaceAll(/\W/g, 'x'));

/** Options of firmware, with others; tshark lists options in the order of the message. */
const options: fc.Arbitrary<Dhcpv6Options> = fc
  .record({
    architecture: fc.integer({ min: 0, max: 41 }),
    vendor: text,
    user: text,
    url: text,
    elapsed: fc.integer({ min: 0, max: 0xffff }),
    requested: fc.uniqueArray(fc.integer({ min: 7, max: 60 }), { maxLength: 8 }),
    hasServer: fc.boolean(),
    unknown: fc.uint8Array({ maxLength: 30 }),
  })
  .map(({ architecture, vendor, user, url, elapsed, requested, hasServer, unknown }) => {
    const of = (value: number): readonly number[] => [value >> 8, value & 0xff];
    return new Map<number, readonly Uint8Array[]>([
      ...firmwareOptions(architecture),
      [Dhcpv6OptionCode.vendorClass, [vendorClass(vendor)]],
      [Dhcpv6OptionCode.userClass, [Uint8Array.of(...of(user.length), ...bytesOf(user))]],
      [Dhcpv6OptionCode.bootFileUrl, [bytesOf(`http://[fd00::1]/${url}`)]],
      [Dhcpv6OptionCode.elapsedTime, [Uint8Array.from(of(elapsed))]],
      [Dhcpv6OptionCode.optionRequest, [Uint8Array.from(requested.flatMap(of))]],
      ...(hasServer
        ? ([[Dhcpv6OptionCode.serverIdentifier, [CLIENT_IDENTIFIER]]] as const)
        : ([] as const)),
      [0xfe_00, [unknown, unknown]],
    ]);
  });

describe.skipIf(lacks('tshark'))('DHCPv6 decoder and tshark', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'dhcp-protocol-v6-'));
  });

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it('read the same from generated messages', () => {
    const payloads = fc.sample(
      fc
        .tuple(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 0, max: 0xff_ff_ff }), options)
        .map(([messageType, transactionId, all]) =>
          encodeDhcpv6Message({ messageType, transactionId, options: all }),
        ),
      { seed: 1, numRuns: 300 },
    );
    const file = join(directory, 'generated.pcap');
    writeFileSync(file, writeIpv6Capture(payloads));
    const shown = shownBy(file);

    expect(shown.length).toBe(payloads.length);
    for (const [index, payload] of payloads.entries()) {
      expect(fieldsOf(payload)).toEqual(present(shown[index]));
    }
  });
});
