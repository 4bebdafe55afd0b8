/** C001-C023: decoding of packets, and a server's reaction to other bytes. */
import { describe, expect, it } from 'vitest';

import { decodePacket, encodePacket, parseTransferMode, type TftpPacket } from '../../src/index.js';
import { RawClient } from '../support/raw-client.js';
import { patternBytes, serve } from '../support/serving.js';

function latin1(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

function decoded(bytes: Uint8Array): TftpPacket {
  const result = decodePacket(bytes);
  if (!result.ok) {
    throw new Error(result.reason);
  }
  return result.packet;
}

describe('packets', () => {
  it('C001 a plain read request decodes and encodes to the same bytes', () => {
    const bytes = latin1('\0\x01name\0octet\0');

    const packet = decoded(bytes);

    expect(packet).toEqual({ type: 'rrq', filename: 'name', mode: 'octet', options: [] });
    expect(encodePacket(packet)).toEqual(bytes);
  });

  it('C002 modes are case-insensitive and keep their spelling', () => {
    const packet = decoded(latin1('\0\x01f\0OcTeT\0'));

    expect(packet).toMatchObject({ mode: 'OcTeT' });
    expect(['OcTeT', 'NETASCII', 'mail'].map(parseTransferMode)).toEqual([
      'octet',
      'netascii',
      undefined,
    ]);
  });

  it('C003 options are case-insensitive and echoed in the spelling of the request', async () => {
    await using serving = await serve({ files: { f: patternBytes(600) } });
    await using client = await RawClient.to(serving.at);

    client.read('f', { BLKSIZE: 100, TSize: 0 });

    expect(await client.answer()).toBe('OACK BLKSIZE=100 TSize=600');
  });

  it('C004 datagrams of zero or one byte get no answer', async () => {
    await using serving = await serve();
    await using client = await RawClient.to(serving.at);

    client.send(new Uint8Array(0));
    client.send(new Uint8Array([0]));

    expect(await client.answersDuring(100)).toEqual([]);
    expect(decodePacket(new Uint8Array(1))).toEqual({ ok: false, reason: 'truncated' });
  });

  it('C005 an ACK, DATA or ERROR shorter than four bytes is ignored', async () => {
    await using serving = await serve({ files: { f: patternBytes(600) } });
    await using client = await RawClient.to(serving.at);
    client.read('f');
    await client.next();

    for (const opcode of [3, 4, 5]) {
      client.send(Uint8Array.from([0, opcode]));
      client.send(Uint8Array.from([0, opcode, 0]));
    }
    client.ack(1);

    expect(await client.answer()).toBe('DATA 2 (88)');
  });

  it('C006 an unknown opcode is ignored', async () => {
    await using serving = await serve({ files: { f: patternBytes(10) } });
    await using client = await RawClient.to(serving.at);

    for (const opcode of [0, 7, 8, 255, 256, 0xffff]) {
      client.send(Uint8Array.from([opcode >> 8, opcode & 0xff, ...latin1('f\0octet\0')]));
    }
    expect(await client.answersDuring(100)).toEqual([]);
    client.read('f');

    expect(await client.answer()).toBe('DATA 1 (10)');
  });

  it.each([
    ['C007 a request without any NUL', '\0\x01name'],
    ['C007 a request without a NUL after its mode', '\0\x01name\0octet'],
    ['C008 a request without a mode', '\0\x01name\0'],
    ['C009 a request without a file name', '\0\x01\0octet\0'],
    ['C010 a request in mode mail', '\0\x01name\0mail\0'],
    ['C010 a request in mode binary', '\0\x01name\0binary\0'],
    ['C010 a request in mode ascii', '\0\x01name\0ascii\0'],
    ['C010 a request in mode en_US.UTF-8', '\0\x01name\0en_US.UTF-8\0'],
    ['C011 a request of more than 2 KiB', `\0\x01${'n'.repeat(3_000)}\0octet\0`],
  ])('%s is answered with ERROR 4', async (_name, bytes) => {
    await using serving = await serve();
    await using client = await RawClient.to(serving.at);

    client.send(latin1(bytes));

    expect(await client.answer()).toBe('ERROR 4 Illegal TFTP operation');
    expect((await serving.event('requestRefused')).code).toBe(4);
  });

  it('C011 a request longer than 512 bytes is accepted', async () => {
    const name = 'n'.repeat(1_500);
    await using serving = await serve({ files: { [name]: patternBytes(10) } });
    await using client = await RawClient.to(serving.at);

    client.read(name);

    expect(await client.answer()).toBe('DATA 1 (10)');
  });

  it.each([
    ['a name without a value', '\0\x01f\0octet\0blksize\x00100\0tsize\0'],
    ['a value without its NUL', '\0\x01f\0octet\0blksize\x00100\0tsize\x000'],
    ['a name without its NUL', '\0\x01f\0octet\0blksize\x00100\0tsi'],
  ])('C012 options end at %s, and the previous ones apply', (_name, bytes) => {
    expect(decoded(latin1(bytes))).toMatchObject({ options: [['blksize', '100']] });
  });

  it('C013 options end at padding', () => {
    const bytes = latin1('\0\x01f\0octet\0blksize\x00100\0\0\0\0\0tsize\x000\0');

    expect(decoded(bytes)).toMatchObject({ options: [['blksize', '100']] });
  });

  it('C014 an option with an empty value is decoded but not acknowledged', async () => {
    await using serving = await serve({ files: { f: patternBytes(10) } });
    await using client = await RawClient.to(serving.at);

    client.read('f', { multicast: '', blksize: 100 });

    expect(await client.answer()).toBe('OACK blksize=100');
  });

  it('C015 the first of several equal options counts, and the first of blksize and blksize2', async () => {
    await using serving = await serve({ files: { f: patternBytes(10) } });
    await using twice = await RawClient.to(serving.at);
    await using both = await RawClient.to(serving.at);

    twice.read('f', { blksize: 100, BLKSIZE: 200 });
    both.read('f', { blksize2: 1000, blksize: 700 });

    expect(await twice.answer()).toBe('OACK blksize=100');
    expect(await both.answer()).toBe('OACK blksize2=512');
  });

  it('C016 the bytes of a DATA packet are a view into its datagram', () => {
    const datagram = Uint8Array.from([0, 3, 1, 2, 9, 8, 7]);

    const packet = decoded(datagram);

    expect(packet).toMatchObject({ type: 'data', block: 0x0102 });
    expect(packet.type === 'data' && packet.data.buffer).toBe(datagram.buffer);
    expect(packet.type === 'data' && [...packet.data]).toEqual([9, 8, 7]);
    expect(decoded(new Uint8Array([0, 3, 0, 1]))).toMatchObject({ data: new Uint8Array(0) });
  });

  it('C017 an ACK may be padded', () => {
    expect(decoded(Uint8Array.from([0, 4, 0, 7, 0, 0, 0, 0]))).toEqual({ type: 'ack', block: 7 });
  });

  it('C018 an ERROR may lack its text, or the NUL after its text', () => {
    expect(decoded(Uint8Array.from([0, 5, 0, 2]))).toEqual({ type: 'error', code: 2, message: '' });
    expect(decoded(latin1('\0\x05\0\x02no'))).toEqual({ type: 'error', code: 2, message: 'no' });
  });

  it('C019 an ERROR may have any code', () => {
    expect(decoded(latin1('\0\x05\xff\xffodd\0'))).toEqual({
      type: 'error',
      code: 0xffff,
      message: 'odd',
    });
  });

  it('C020 file names and error texts keep every byte', () => {
    const name = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join('');
    const request = latin1(`\0\x01${name}\0octet\0`);
    const error = latin1(`\0\x05\0\0${name}\0`);

    expect(encodePacket(decoded(request))).toEqual(request);
    expect(encodePacket(decoded(error))).toEqual(error);
  });

  it('C021 an OACK is encoded as pairs in at most 512 bytes', () => {
    const bytes = encodePacket({ type: 'oack', options: [['tsize', '5']] });

    expect(bytes).toEqual(latin1('\0\x06tsize\x005\0'));
    expect(() => encodePacket({ type: 'oack', options: [['n'.repeat(600), '']] })).toThrow(
      RangeError,
    );
  });

  it('C022 the text of an ERROR is cut to fit a packet of 512 bytes', () => {
    const bytes = encodePacket({ type: 'error', code: 0, message: 'x'.repeat(2_000) });

    expect(bytes).toHaveLength(512);
    expect(bytes.at(-1)).toBe(0);
    expect(decoded(bytes)).toMatchObject({ message: 'x'.repeat(507) });
  });

  it('C023 a listening port answers only requests, and ACKs of unknown transfers with ERROR 5', async () => {
    await using serving = await serve();
    await using client = await RawClient.to(serving.at);

    client.send({ type: 'error', code: 5, message: 'unknown' });
    client.send({ type: 'data', block: 1, data: patternBytes(512) });
    client.send({ type: 'oack', options: [['tsize', '1']] });
    client.ack(0);

    expect(await client.answer()).toBe('ERROR 5 Unknown transfer ID');
    expect(await client.answersDuring(100)).toEqual([]);
  });
});
