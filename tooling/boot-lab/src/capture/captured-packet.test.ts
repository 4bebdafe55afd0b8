import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fixture, fixturePath } from '../../test/support/fixture.js';
import { readCapture } from './captured-packet.js';

/** Offset of the fragment field in the first packet: file, record, Ethernet and IPv4 before it. */
const FRAGMENT_FIELD = 24 + 16 + 14 + 6;

describe('readCapture', () => {
  const recorded = Buffer.from(fixture('pxelinux-configuration.pcap'));
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'boot-lab-test-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  async function readBytes(bytes: Uint8Array) {
    const file = join(directory, 'capture.pcap');
    await writeFile(file, bytes);
    return readCapture(file);
  }

  it('reads datagrams with their endpoints and payload', async () => {
    const [, request, answer] = await readBytes(recorded);
    expect(request).toMatchObject({
      source: { address: '10.77.0.50', port: 49_153 },
      destination: { address: '10.77.0.1', port: 69 },
    });
    expect(Buffer.from(request!.payload).toString('latin1')).toContain('\x01pxelinux.cfg/01-52-54');
    expect(answer!.time - request!.time).toBeLessThan(1);
  });

  it('numbers the bytes of each side of a connection from 1', async () => {
    const packets = await readCapture(fixturePath('lpxelinux-http.pcap'));
    const first = packets.find(({ payload }) => payload.length > 0);
    expect(first).toMatchObject({ tcp: { stream: 0, sequence: 1 }, destination: { port: 8069 } });
  });

  it('leaves out a packet that is still being written', async () => {
    const all = await readBytes(recorded);
    expect(await readBytes(recorded.subarray(0, -3))).toEqual(all.slice(0, -1));
  });

  it('refuses fragmented datagrams, and files that are not captures', async () => {
    const fragment = Buffer.from(recorded);
    fragment.writeUInt16BE(0x2000, FRAGMENT_FIELD);
    await expect(readBytes(fragment)).rejects.toThrow('fragmented datagram 10.77.0.50');
    await expect(readBytes(Buffer.alloc(24, 'x'))).rejects.toThrow('tshark ended with');
  });
});
