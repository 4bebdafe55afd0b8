/** C160-C165: lines of text (RFC 764). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeNetascii, NetasciiDecoder, NetasciiSource } from '../../src/index.js';
import { createTftpClient } from '../../src/node/index.js';
import { RawClient } from '../support/raw-client.js';
import { HASTY, patternBytes, serve } from '../support/serving.js';
import { collectingSink } from '../support/sinks.js';

function latin1(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

function decode(pieces: readonly Uint8Array[]): Uint8Array {
  const decoder = new NetasciiDecoder();
  const decoded = pieces.map((piece) => decoder.push(piece));
  return new Uint8Array(Buffer.concat([...decoded, decoder.finish()]));
}

/** Bytes among which line ends and parts of them are common. */
const text = fc
  .uint8Array({ maxLength: 3_000 })
  .map((bytes) => bytes.map((byte) => (byte < 64 ? [0x0a, 0x0d, 0x00, 0x61][byte & 3]! : byte)));

describe('netascii', () => {
  it('C160 LF becomes CR LF, CR becomes CR NUL, and other bytes are unchanged', async () => {
    const file = latin1('foo\nbar\rbaz\n\0\xff\x80');
    await using serving = await serve({ files: { file } });
    await using client = await RawClient.to(serving.at);

    client.read('file', {}, 'NetASCII');

    expect(Buffer.from(await client.rest()).toString('latin1')).toBe(
      'foo\r\nbar\r\0baz\r\n\0\xff\x80',
    );
  });

  it('C161 CR LF becomes LF and CR NUL becomes CR', async () => {
    const files = new Map<string, Uint8Array>();
    await using serving = await serve({ sink: ({ filename }) => collectingSink(files, filename) });
    await using client = await RawClient.to(serving.at);
    client.write('f', {}, 'netascii');
    await client.next();

    client.block(1, latin1('foo\r\nbar\r\0baz\r\n'));
    await client.next();

    expect(Buffer.from(files.get('f')!).toString('latin1')).toBe('foo\nbar\rbaz\n');
  });

  it('C162 blocks and windows may split pairs in both directions', async () => {
    const file = latin1(`${'x'.repeat(511)}\n${'y'.repeat(510)}\r${'\n'.repeat(5_000)}`);
    const files = new Map<string, Uint8Array>();
    await using serving = await serve({
      files: { file },
      sink: ({ filename }) => collectingSink(files, filename),
    });
    for (const windowsize of [1, 3, 4]) {
      await using client = await createTftpClient({
        host: '127.0.0.1',
        port: serving.at.port,
        mode: 'netascii',
        blksize: 512,
        windowsize,
      });
      expect(Buffer.compare(await client.get('file'), file)).toBe(0);
      await client.put('copy', file);
      expect(Buffer.compare(files.get('copy')!, file)).toBe(0);
    }
  });

  it('C162 C164 any bytes survive a round trip, however their netascii is split', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(3_000)), (bytes, cuts) => {
        const encoded = encodeNetascii(bytes);
        const edges = [0, ...cuts.toSorted((a, b) => a - b), encoded.length];
        const pieces = edges.slice(1).map((edge, index) => encoded.subarray(edges[index], edge));
        expect(Buffer.compare(decode(pieces), bytes)).toBe(0);
      }),
    );
  });

  it('C163 a file whose netascii fills its blocks ends with an empty block', async () => {
    const file = latin1('\n'.repeat(256));
    await using serving = await serve({ files: { file } });
    await using client = await RawClient.to(serving.at);

    client.read('file', {}, 'netascii');
    expect(await client.answer()).toBe('DATA 1 (512)');
    client.ack(1);

    expect(await client.answer()).toBe('DATA 2 (0)');
  });

  it('C164 a CR before another byte, and one at the end, are kept', () => {
    expect(decode([latin1('a\rb\r\rc\r')])).toEqual(latin1('a\rb\r\rc\r'));
    expect(decode([latin1('\r'), latin1('x')])).toEqual(latin1('\rx'));
    expect(decode([latin1('\r'), latin1('\n')])).toEqual(latin1('\n'));
  });

  it('C165 a repeated block is unchanged', async () => {
    const file = latin1('ab\ncd\re'.repeat(500));
    await using serving = await serve({ files: { file }, retransmission: HASTY });
    await using client = await RawClient.to(serving.at);
    client.read('file', {}, 'netascii');
    await client.next();
    client.ack(1);

    const [first, second] = await client.nextPackets(2);

    expect(first).toMatchObject({ type: 'data', block: 2 });
    expect(second).toEqual(first);
  });

  it('C165 everything in the window can be read again', () => {
    const file = patternBytes(50_000);
    const whole = encodeNetascii(file);
    const source = new NetasciiSource(
      { size: file.length, read: (at, length) => file.subarray(at, at + length) },
      1_000,
    );
    for (let offset = 0; offset < whole.length; offset += 500) {
      const from = Math.max(0, offset - 1_000);
      expect(source.read(offset, 500)).toEqual(whole.slice(offset, offset + 500));
      expect(source.read(from, 500)).toEqual(whole.slice(from, from + 500));
    }
  });

  it('C165 a source whose bytes are not in memory is read again', () => {
    let isReady = false;
    const file = latin1('a\n');
    const source = new NetasciiSource({ size: 2, read: () => (isReady ? file : undefined) }, 1_000);

    expect(source.read(0, 512)).toBeUndefined();
    isReady = true;

    expect(source.read(0, 512)).toEqual(latin1('a\r\n'));
  });
});
