import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import {
  decodeMessage,
  type DhcpMessage,
  encodeMessage,
  encodePxeBootItem,
  encodeSubOptions,
  machineUuidOf,
  OptionCode,
  PxeOptionCode,
} from '../src/index.js';
import { readCapture, writeCapture } from './support/captures.js';
import { BLANK, bytesOf, firmwareOptions, present } from './support/messages.js';

const FIXTURES = join(import.meta.dirname, 'fixtures');

const FIELDS = {
  operation: 'dhcp.type',
  hardwareType: 'dhcp.hw.type',
  hops: 'dhcp.hops',
  transactionId: 'dhcp.id',
  seconds: 'dhcp.secs',
  flags: 'dhcp.flags',
  clientAddress: 'dhcp.ip.client',
  yourAddress: 'dhcp.ip.your',
  nextServer: 'dhcp.ip.server',
  relayAddress: 'dhcp.ip.relay',
  serverName: 'dhcp.server',
  file: 'dhcp.file',
  codes: 'dhcp.option.type',
  lengths: 'dhcp.option.length',
  values: 'dhcp.option.value',
  uuid: 'dhcp.client_id.uuid',
} as const;

/** Values that tshark shows for one message: hexadecimal digits and text. */
type Shown = Record<keyof typeof FIELDS, string>;

/** Has tshark decode the messages of a capture. */
function shownBy(file: string): Shown[] {
  const output = execFileSync(
    'tshark',
    [
      ...['-r', file, '-n', '-d', 'udp.port==4011,dhcp', '-T', 'fields', '-E', 'separator=/t'],
      ...Object.values(FIELDS).flatMap((field) => ['-e', field]),
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 * 1024 * 1024 },
  );
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const columns = line.split('\t');
      return Object.fromEntries(
        Object.keys(FIELDS).map((name, index) => [name, columns[index] ?? '']),
      ) as Shown;
    });
}

/** Joins the values of repeated options as tshark lists them; it lists no value for an empty one. */
function optionsOf({ codes, lengths, values }: Shown): ReadonlyMap<number, string> {
  const options = new Map<number, string>();
  const left = { lengths: lengths.split(','), values: values.split(',') };
  for (const code of codes.split(',').map(Number)) {
    // The end mark, which tshark lists as 0 or 255, is not an option.
    if (code === 0 || code === 255) {
      continue;
    }
    const length = Number(left.lengths.shift());
    const value = length === 0 ? '' : left.values.shift();
    options.set(code, `${options.get(code) ?? ''}${value ?? ''}`);
  }
  options.delete(OptionCode.overload);
  return options;
}

function expectAlike(payload: Uint8Array, shown: Shown): void {
  const decoded = decodeMessage(payload);
  if (!decoded.ok) {
    throw new Error(decoded.reason);
  }
  const { message } = decoded;
  expect({
    operation: message.operation === 'request' ? 1 : 2,
    hardwareType: message.hardwareType,
    hops: message.hops,
    transactionId: message.transactionId,
    seconds: message.seconds,
    flags: message.flags,
    clientAddress: message.clientAddress,
    yourAddress: message.yourAddress,
    nextServer: message.nextServer,
    relayAddress: message.relayAddress,
    serverName: message.serverName,
    file: message.file,
    uuid: machineUuidOf(message.options) ?? '',
  }).toEqual({
    operation: Number(shown.operation),
    hardwareType: Number(shown.hardwareType.split(',')[0]),
    hops: Number(shown.hops),
    transactionId: Number(shown.transactionId),
    seconds: Number(shown.seconds),
    flags: Number(shown.flags),
    clientAddress: shown.clientAddress,
    yourAddress: shown.yourAddress,
    nextServer: shown.nextServer,
    relayAddress: shown.relayAddress,
    serverName: shown.serverName,
    file: shown.file,
    uuid: shown.uuid,
  });
  const ours = new Map(
    Array.from(message.options, ([code, value]) => [code, Buffer.from(value).toString('hex')]),
  );
  expect(ours).toEqual(optionsOf(shown));
}

/** Well-formed values: tshark stops at a malformed one, and lists no value for it. */
const relayInformation = fc
  .uint8Array({ minLength: 1, maxLength: 60 })
  .map((circuit) => encodeSubOptions(new Map([[1, circuit]])).subarray(0, -1));
const vendorSpecific = fc
  .tuple(fc.constantFrom(0, 3, 8), fc.integer({ min: 0, max: 0xffff }))
  .map(([control, type]) =>
    encodeSubOptions(
      new Map([
        [PxeOptionCode.discoveryControl, Uint8Array.of(control)],
        [PxeOptionCode.bootItem, encodePxeBootItem({ type, layer: 0 })],
      ]),
    ),
  );
const text = fc
  .array(fc.integer({ min: 0x21, max: 0x7e }), { minLength: 1, maxLength: 60 })
  .map((units) => String.fromCharCode(...units).replaceAll(',', '.'));
const uint = (max: number) => fc.integer({ min: 0, max });
const address = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => bytes.join('.'));

const generated: fc.Arbitrary<DhcpMessage> = fc
  .record({
    operation: fc.constantFrom('request' as const, 'reply' as const),
    hops: uint(0xff),
    transactionId: uint(0xffff_ffff),
    seconds: uint(0xff),
    flags: fc.constantFrom(0, 0x80_00),
    clientAddress: address,
    yourAddress: address,
    nextServer: address,
    relayAddress: address,
    serverName: fc.oneof(fc.constant(''), text),
    file: fc.oneof(fc.constant(''), text),
    architecture: uint(41),
    bootFile: text,
    relayInformation,
    vendorSpecific,
    isPlain: fc.boolean(),
  })
  .map(({ architecture, bootFile, relayInformation, vendorSpecific, isPlain, ...fields }) => ({
    ...BLANK,
    ...fields,
    options: isPlain
      ? new Map([[OptionCode.messageType, Uint8Array.of(1)]])
      : new Map([
          ...firmwareOptions(architecture),
          [OptionCode.bootFileName, bytesOf(bootFile)] as const,
          [OptionCode.vendorSpecific, vendorSpecific] as const,
          [OptionCode.relayAgentInformation, relayInformation] as const,
        ]),
  }));

describe.skipIf(lacks('tshark'))('decoder and tshark', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'dhcp-protocol-'));
  });

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it.each(readdirSync(FIXTURES).filter((name) => name.endsWith('.pcap')))(
    'read the same from every message of %s',
    (name) => {
      const file = join(FIXTURES, name);
      const captured = readCapture(file);
      const shown = shownBy(file);

      expect(shown.length).toBe(captured.length);
      for (const [index, { payload }] of captured.entries()) {
        expectAlike(payload, present(shown[index]));
      }
    },
  );

  it('read the same from generated messages, with and without overloaded fields', () => {
    const payloads = fc
      .sample(generated, { seed: 1, numRuns: 300 })
      .flatMap((message) => [encodeMessage(message), ...crowded(message)]);
    const file = join(directory, 'generated.pcap');
    writeFileSync(file, writeCapture(payloads));
    const shown = shownBy(file);

    expect(shown.length).toBe(payloads.length);
    expect(payloads.length).toBeGreaterThan(400);
    for (const [index, payload] of payloads.entries()) {
      expectAlike(payload, present(shown[index]));
    }
  });
});

/** Encodes a message again, with options in its name fields. */
function crowded(message: DhcpMessage): Uint8Array[] {
  const maxBytes = encodeMessage(message).length - 1;
  return maxBytes < 300 ? [] : [encodeMessage({ ...message, file: '' }, { maxBytes })];
}
