import { describe, expect, it } from 'vitest';

import { bytesSource, createTftpClient } from '../../src/node/index.js';
import { patternBytes, serve } from '../support/serving.js';
import { collectingSink } from '../support/sinks.js';

describe('createTftpClient', () => {
  it('reads a file and reports its progress', async () => {
    const file = patternBytes(100_000);
    await using serving = await serve({ files: { f: file } });
    await using client = await createTftpClient({ host: '127.0.0.1', port: serving.at.port });
    const progress: number[] = [];

    const read = await client.get('f', {
      onProgress: ({ bytes, size }) => {
        progress.push(bytes);
        expect(size).toBe(100_000);
      },
    });

    expect(Buffer.compare(read, file)).toBe(0);
    expect(progress.at(-1)).toBe(100_000);
    expect(await serving.event('transferFinished')).toMatchObject({
      outcome: 'completed',
      blksize: 1428,
      windowsize: 16,
    });
  });

  it('reads a stream no faster than it is consumed', async () => {
    const file = patternBytes(3_000_000);
    await using serving = await serve({ files: { f: file } });
    await using client = await createTftpClient({ host: '127.0.0.1', port: serving.at.port });

    const { stream, size } = await client.getStream('f');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const pieces: Uint8Array[] = [];
    for await (const piece of stream) {
      pieces.push(piece);
    }

    expect(size).toBe(3_000_000);
    expect(Buffer.compare(Buffer.concat(pieces), file)).toBe(0);
  });

  it('requests further options, and reports what was agreed on', async () => {
    const requested: unknown[] = [];
    await using serving = await serve({
      source: ({ options }) => {
        requested.push(...options);
        return bytesSource(patternBytes(2000));
      },
      maxBlockSize: 1024,
    });
    await using client = await createTftpClient({
      host: '127.0.0.1',
      port: serving.at.port,
      extraOptions: [['colour', 'blue']],
    });

    const { stream, ...agreed } = await client.getStream('f', { windowsize: 1 });
    await stream.cancel();

    expect(requested).toEqual([
      ['tsize', '0'],
      ['blksize', '1428'],
      ['colour', 'blue'],
    ]);
    expect(agreed).toEqual({
      size: 2000,
      blksize: 1024,
      windowsize: 1,
      serverPort: serving.at.port,
    });
  });

  it('writes bytes and streams', async () => {
    const file = patternBytes(70_000);
    const files = new Map<string, Uint8Array>();
    await using serving = await serve({ sink: ({ filename }) => collectingSink(files, filename) });
    await using client = await createTftpClient({ host: '127.0.0.1', port: serving.at.port });

    const summary = await client.put('bytes', file);
    const pieces = [file.subarray(0, 30_000), file.subarray(30_000)];
    await client.put('stream', ReadableStream.from<Uint8Array>(pieces));

    expect(summary).toEqual({
      bytes: 70_000,
      blksize: 1428,
      windowsize: 16,
      finalAckMissing: false,
    });
    expect(Buffer.compare(files.get('bytes')!, file)).toBe(0);
    expect(Buffer.compare(files.get('stream')!, file)).toBe(0);
  });

  it('transfers text as netascii in both directions', async () => {
    const text = Buffer.from('one\ntwo\r\nthree\rfour\n'.repeat(500));
    const files = new Map<string, Uint8Array>();
    await using serving = await serve({
      files: { text },
      sink: ({ filename }) => collectingSink(files, filename),
    });
    await using client = await createTftpClient({
      host: '127.0.0.1',
      port: serving.at.port,
      mode: 'netascii',
    });

    expect(Buffer.compare(await client.get('text'), text)).toBe(0);
    await client.put('copy', text);
    expect(Buffer.compare(files.get('copy')!, text)).toBe(0);
  });

  it('rejects with a code for a missing file, even when reading a stream', async () => {
    await using serving = await serve();
    await using client = await createTftpClient({ host: '127.0.0.1', port: serving.at.port });
    const missing = { name: 'TftpError', code: 'ERR_TFTP_REMOTE', wireCode: 1 };

    await expect(client.get('f')).rejects.toMatchObject(missing);
    await expect(client.getStream('f')).rejects.toMatchObject(missing);
    await expect(client.put('f', patternBytes(5))).rejects.toMatchObject({ wireCode: 2 });
  });

  it('stops when its signal is aborted, and notifies the server', async () => {
    await using serving = await serve({ files: { f: patternBytes(10_000_000) } });
    await using client = await createTftpClient({ host: '127.0.0.1', port: serving.at.port });
    const abort = new AbortController();

    const reading = client.get('f', {
      signal: abort.signal,
      onProgress: () => {
        abort.abort('enough');
      },
    });

    await expect(reading).rejects.toMatchObject({ code: 'ERR_TFTP_ABORTED', cause: 'enough' });
    expect(await serving.event('transferFinished')).toMatchObject({ outcome: 'aborted' });
    await expect(client.get('f', { signal: abort.signal })).rejects.toMatchObject({
      code: 'ERR_TFTP_ABORTED',
    });
  });

  it('gives up on a server that does not answer', async () => {
    await using serving = await serve({ allow: () => false });
    await using client = await createTftpClient({
      host: '127.0.0.1',
      port: serving.at.port,
      retransmission: { initialMs: 10, handshakeSends: 2 },
    });

    await expect(client.get('f')).rejects.toMatchObject({ code: 'ERR_TFTP_TIMEOUT' });
  });

  it('rejects a file larger than maxBytes', async () => {
    await using serving = await serve({ files: { f: patternBytes(5_000) } });
    await using client = await createTftpClient({ host: '127.0.0.1', port: serving.at.port });

    await expect(client.get('f', { maxBytes: 4_999 })).rejects.toMatchObject({
      code: 'ERR_TFTP_ABORTED',
      wireCode: 3,
    });
    await expect(client.get('f', { maxBytes: 5_000 })).resolves.toHaveLength(5_000);
  });
});
