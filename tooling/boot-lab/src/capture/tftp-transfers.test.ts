import { describe, expect, it } from 'vitest';

import { fixturePath } from '../../test/support/fixture.js';
import { type CapturedPacket, readCapture } from './captured-packet.js';
import { readTftpTransfers } from './tftp-transfers.js';

const client = { address: '10.77.0.50', port: 49_153 };
const server = { address: '10.77.0.1', port: 69 };
const RRQ = tftpPacket(1, 'initrd.gz\0octet\0blksize\x001024\0');

type Packet = readonly ['>' | '<', Uint8Array, number?];

/** Returns datagrams one millisecond apart, `>` from the client and `<` from a port of the server. */
function wire(packets: readonly Packet[]): CapturedPacket[] {
  return packets.map(([direction, payload, port = server.port], index) => {
    const [source, destination] =
      direction === '>' ? [client, { ...server, port }] : [{ ...server, port }, client];
    return { time: 100 + index / 1000, source, destination, payload };
  });
}

/** Returns a TFTP packet: an opcode and its body. */
function tftpPacket(opcode: number, body: string): Buffer {
  return Buffer.from(`\0${String.fromCharCode(opcode)}${body}`, 'latin1');
}

/** Returns a TFTP packet with a block number or error code after the opcode. */
function numberedPacket(opcode: number, number: number, body: Uint8Array | string = ''): Buffer {
  return Buffer.concat([Buffer.from([0, opcode, number >> 8, number & 0xff]), Buffer.from(body)]);
}

describe('readTftpTransfers on a recorded boot', async () => {
  const capture = await readCapture(fixturePath('pxelinux-configuration.pcap'));
  const transfers = readTftpTransfers(capture);

  it('finds every name that lpxelinux tries, in order', () => {
    expect(transfers.map(({ file, outcome }) => `${file} ${outcome}`)).toEqual([
      'pxelinux.cfg/01-52-54-00-12-34-56 refused',
      'pxelinux.cfg/0A4D0032 refused',
      'pxelinux.cfg/0A4D003 refused',
      'pxelinux.cfg/0A4D00 refused',
      'pxelinux.cfg/0A4D0 refused',
      'pxelinux.cfg/0A4D refused',
      'pxelinux.cfg/0A4 refused',
      'pxelinux.cfg/0A refused',
      'pxelinux.cfg/0 refused',
      'pxelinux.cfg/default completed',
    ]);
  });

  it('reassembles the file and counts its bytes', () => {
    const configuration = transfers.at(-1)!;
    expect(configuration.dataBytes).toBe(5469);
    const text = Buffer.from(configuration.content()).toString();
    expect(text).toHaveLength(5469);
    expect(text).toMatch(/^UI vesamenu\.c32\n/);
    expect(text).toMatch(/LOCALBOOT 0\n$/);
  });

  it('measures no longer than the boot took', () => {
    const { startedAt, endedAt } = transfers.at(-1)!;
    expect(endedAt - startedAt).toBeGreaterThan(0.001);
    expect(endedAt - startedAt).toBeLessThan(1);
  });
});

describe('readTftpTransfers', () => {
  const block1 = Buffer.alloc(1024, 1);
  const rest = Buffer.from('end');

  it('counts a retransmitted block again, but its content only once', () => {
    const [transfer] = readTftpTransfers(
      wire([
        ['>', RRQ],
        ['<', tftpPacket(6, 'blksize\x001024\0')],
        ['>', numberedPacket(4, 0)],
        ['<', numberedPacket(3, 1, block1)],
        ['<', numberedPacket(3, 1, block1)],
        ['>', numberedPacket(4, 1)],
        ['<', numberedPacket(3, 2, rest)],
        ['>', numberedPacket(4, 2)],
      ]),
    );
    expect(transfer).toMatchObject({ outcome: 'completed', dataBytes: 2051 });
    expect(transfer!.content()).toEqual(Buffer.concat([block1, rest]));
  });

  it('follows a server that answers from another port', () => {
    const [transfer] = readTftpTransfers(
      wire([
        ['>', tftpPacket(1, 'f\0octet\0')],
        ['<', numberedPacket(3, 1, rest), 40_000],
        ['>', numberedPacket(4, 1), 40_000],
      ]),
    );
    expect(transfer).toMatchObject({ outcome: 'completed', dataBytes: 3 });
  });

  it('counts a repeated request as the same transfer, and a later one as a new one', () => {
    const request = tftpPacket(1, 'f\0octet\0');
    const transfers = readTftpTransfers(
      wire([
        ['>', request],
        ['>', request],
        ['<', numberedPacket(3, 1, rest)],
        // A repetition that the client sent before the answer arrived.
        ['>', request],
        ['<', numberedPacket(3, 1, rest)],
        ['>', numberedPacket(4, 1)],
        ['>', request],
      ]),
    );
    expect(transfers.map(({ outcome }) => outcome)).toEqual(['completed', 'unfinished']);
  });

  it('recognises a client that only requested the size', () => {
    const [transfer] = readTftpTransfers(
      wire([
        ['>', RRQ],
        ['<', tftpPacket(6, 'blksize\x001024\0')],
        ['>', numberedPacket(5, 8, 'User aborted the transfer\0')],
      ]),
    );
    expect(transfer).toMatchObject({ outcome: 'aborted', dataBytes: 0 });
  });

  it('continues past block 65535', () => {
    const small = Buffer.alloc(8, 7);
    const blocks = 65_540;
    const packets: Packet[] = [
      ['>', tftpPacket(1, 'f\0octet\0blksize\x008\0')],
      ['<', tftpPacket(6, 'blksize\x008\0')],
    ];
    for (let block = 1; block <= blocks; block += 1) {
      packets.push(['<', numberedPacket(3, block & 0xffff, small)]);
      packets.push(['>', numberedPacket(4, block & 0xffff)]);
    }
    packets.push(['<', numberedPacket(3, (blocks + 1) & 0xffff)]);
    packets.push(['>', numberedPacket(4, (blocks + 1) & 0xffff)]);
    const [transfer] = readTftpTransfers(wire(packets));
    expect(transfer).toMatchObject({ outcome: 'completed', dataBytes: blocks * 8 });
    expect(transfer!.content()).toHaveLength(blocks * 8);
  });
});
