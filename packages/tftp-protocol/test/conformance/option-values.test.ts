import { readFileSync } from 'node:fs';
/** C050-C071: blksize, tsize, timeout and related options (RFC 2348, RFC 2349). */
import { networkInterfaces } from 'node:os';

import { describe, expect, it } from 'vitest';

import { DEFAULT_NEGOTIATION_POLICY, negotiate, type TftpOption } from '../../src/index.js';
import { bytesSource, TftpError } from '../../src/node/index.js';
import { memory, offeringReceiver, openSender, requestingReceiver } from '../support/machines.js';
import { RawClient } from '../support/raw-client.js';
import { patternBytes, serve } from '../support/serving.js';
import { collectingSink } from '../support/sinks.js';
import { data, oack, output, sent } from '../support/wire-text.js';

function granted(options: readonly TftpOption[], size: number | undefined = 600) {
  const result = negotiate(options, DEFAULT_NEGOTIATION_POLICY, { direction: 'read', size });
  return result.ok ? result : undefined;
}

async function answerTo(
  options: Record<string, string | number>,
  server: Parameters<typeof serve>[0] = {},
  mode?: string,
): Promise<string> {
  await using serving = await serve({ files: { f: patternBytes(600) }, ...server });
  await using client = await RawClient.to(serving.at);
  client.read('f', options, mode);
  return await client.answer();
}

describe('option values', () => {
  it('C050 blksize 8 and 65464 are granted unchanged', async () => {
    expect(await answerTo({ blksize: 8 })).toBe('OACK blksize=8');
    expect(await answerTo({ blksize: 65_464 }, { maxBlockSize: 65_464 })).toBe(
      'OACK blksize=65464',
    );
  });

  it('C051 a blksize that is too large is lowered and never wraps', async () => {
    const server = { maxBlockSize: 65_464 };

    expect(await answerTo({ blksize: 65_465 }, server)).toBe('OACK blksize=65464');
    expect(await answerTo({ blksize: 70_000 }, server)).toBe('OACK blksize=65464');
    expect(await answerTo({ blksize: 2_000 }, { maxBlockSize: 1_400 })).toBe('OACK blksize=1400');
    // Loopback carries more than a DATA packet can hold.
    expect(await answerTo({ blksize: 70_000 })).toBe('OACK blksize=65464');
  });

  it('C052 a blksize that is too small is ignored, and blocks have 512 bytes', async () => {
    for (const blksize of [7, 0, -5]) {
      expect(await answerTo({ blksize })).toBe('DATA 1 (512)');
    }
  });

  it('C053 a blksize is lowered to avoid fragmentation on the link', async () => {
    const [name] = Object.entries(networkInterfaces()).find(([, infos]) =>
      infos?.some(({ address }) => address === '127.0.0.1'),
    )!;
    const mtu = Number(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8'));

    const largest = Math.min(mtu - 32, 65_464);
    expect(await answerTo({ blksize: 65_464 })).toBe(`OACK blksize=${largest}`);
  });

  it('C054 a larger blksize is granted if configured', async () => {
    expect(await answerTo({ blksize: 65_464 }, { maxBlockSize: 65_464 })).toBe(
      'OACK blksize=65464',
    );
  });

  it('C055 a blksize below 512 is granted', async () => {
    expect(await answerTo({ blksize: 511 })).toBe('OACK blksize=511');
  });

  it('C057 blksize2 is granted as a power of two', () => {
    expect(granted([['blksize2', '1500']])?.optionAck).toEqual([['blksize2', '1024']]);
    expect(granted([['blksize2', '512']])?.optionAck).toEqual([['blksize2', '512']]);
    expect(granted([['blksize2', '65464']])?.optionAck).toEqual([['blksize2', '32768']]);
    expect(granted([['blksize2', '8']])?.parameters.blksize).toBe(8);
    expect(granted([['blksize2', '7']])?.optionAck).toEqual([]);
  });

  it('C058 a block larger than agreed ends the transfer with ERROR 4', () => {
    const reading = requestingReceiver([['blksize', '100']]);
    sent(reading);
    reading.receive(oack({ blksize: 100 }), 1);
    sent(reading);
    const writing = offeringReceiver({ parameters: { blksize: 100 } });
    sent(writing);

    for (const machine of [reading, writing]) {
      machine.receive(data(1, 101), 5);

      expect(output(machine)).toMatchObject({
        sent: ['ERROR 4 Block larger than agreed'],
        events: [{ type: 'failed', failure: { by: 'local' } }],
      });
    }
  });

  it('C060 tsize is the size of the file, and is omitted for an empty one', async () => {
    const empty = { files: { f: new Uint8Array(0) } };

    expect(await answerTo({ tsize: 0 })).toBe('OACK tsize=600');
    expect(await answerTo({ tsize: 0 }, empty)).toBe('DATA 1 (0)');
    expect(await answerTo({ tsize: 0 }, { ...empty, omitZeroTsize: false })).toBe('OACK tsize=0');
  });

  it('C061 tsize is the size of the file, whatever value the client sent', async () => {
    expect(await answerTo({ tsize: 12_345 })).toBe('OACK tsize=600');
  });

  it('C062 tsize above 4 GiB is exact', async () => {
    const size = 5 * 1024 ** 3 + 7;
    const source = () => ({ size, read: () => new Uint8Array(512) });

    expect(await answerTo({ tsize: 0 }, { source })).toBe(`OACK tsize=${size}`);
  });

  it('C063 tsize is omitted in netascii, where the size is unknown', async () => {
    expect(await answerTo({ tsize: 0, blksize: 100 }, {}, 'netascii')).toBe('OACK blksize=100');
  });

  it('C064 tsize is omitted for a source without a size', async () => {
    const source = () => ({ read: () => new Uint8Array(0) });

    expect(await answerTo({ tsize: 0, blksize: 100 }, { source })).toBe('OACK blksize=100');
  });

  it('C065 a write announces its size, and a file that is too large is refused before any OACK', async () => {
    const files = new Map<string, Uint8Array>();
    await using serving = await serve({
      sink: ({ filename, announcedBytes = 0 }) => {
        if (announcedBytes > 1_000) {
          throw new TftpError('too large', { wireCode: 3 });
        }
        return collectingSink(files, filename);
      },
    });
    await using small = await RawClient.to(serving.at);
    await using large = await RawClient.to(serving.at);

    small.write('f', { tsize: 1_000 });
    large.write('f', { tsize: 1_001 });

    expect(await small.answer()).toBe('OACK tsize=1000');
    expect(await large.answer()).toBe('ERROR 3 Disk full or allocation exceeded');
  });

  it('C066 a file that shrinks while it is sent ends the transfer with ERROR 0', async () => {
    const bytes = patternBytes(700);
    const source = () => ({
      size: 2_000,
      read: (offset: number, length: number) => bytes.subarray(offset, offset + length),
    });
    await using serving = await serve({ source });
    await using client = await RawClient.to(serving.at);

    client.read('f');
    expect(await client.answer()).toBe('DATA 1 (512)');
    client.ack(1);

    expect(await client.answer()).toBe('ERROR 0 Transfer failed');
    expect(await serving.event('transferFinished')).toMatchObject({ outcome: 'failed' });
  });

  it('C067 a requested timeout is acknowledged unchanged and used', () => {
    const machine = openSender(memory(600), { parameters: { timeoutMs: 255_000 } });
    expect(granted([['timeout', '255']])?.optionAck).toEqual([['timeout', '255']]);
    expect(granted([['timeout', '1']])?.parameters.timeoutMs).toBe(1_000);

    sent(machine);
    // The machine's limit on silence is shorter than the agreed interval.
    expect(machine.deadline).toBe(10 + 120_000);
    const brisk = openSender(memory(600), { parameters: { timeoutMs: 3_000 } });
    sent(brisk);
    for (const at of [3_010, 6_010, 9_010]) {
      expect(brisk.deadline).toBe(at);
      brisk.timeout(at);
      expect(sent(brisk)).toEqual(['DATA 1 (512)']);
    }
  });

  it('C068 an unsupported timeout is ignored', async () => {
    for (const timeout of [0, 256, 'x']) {
      expect(await answerTo({ timeout })).toBe('DATA 1 (512)');
    }
  });

  it('C068 invalid values are answered with ERROR 8 if configured', async () => {
    const server = { onInvalidOption: 'error' } as const;
    const refusals: Record<string, string | number>[] = [
      { timeout: 0 },
      { timeout: 256 },
      { blksize: 7 },
      { blksize: 65_465 },
      { windowsize: 65_536 },
    ];

    for (const options of refusals) {
      expect(await answerTo(options, server)).toBe('ERROR 8 Option negotiation failed');
    }
  });

  it('C069 utimeout is granted, and the later one of two timeouts counts', () => {
    const both: TftpOption[] = [
      ['timeout', '5'],
      ['utimeout', '250000'],
    ];

    expect(granted(both)?.parameters.timeoutMs).toBe(250);
    expect(granted(both.toReversed())?.parameters.timeoutMs).toBe(5_000);
    expect(granted([['utimeout', '9999']])?.optionAck).toEqual([]);
    expect(granted([['utimeout', '255000001']])?.optionAck).toEqual([]);
  });

  it('C070 rollover 0 and 1 are granted', () => {
    expect(granted([['rollover', '0']])?.optionAck).toEqual([['rollover', '0']]);
    expect(granted([['rollover', '1']])?.parameters.rollover).toBe(1);
    expect(granted([['rollover', '2']])?.optionAck).toEqual([]);
  });

  it('C042 tsize may differ from the size of a source', async () => {
    await using serving = await serve({ source: () => bytesSource(patternBytes(3)) });
    await using client = await RawClient.to(serving.at);

    client.read('f', { tsize: '1e3', blksize: 9 });

    expect(await client.answer()).toBe('OACK blksize=9');
  });
});
