import { describe, expect, it } from 'vitest';

import { fixture } from '../../test/support/fixture.js';
import {
  numberedPacket,
  pcapOf,
  type SentDatagram,
  tftpPacket,
} from '../../test/support/frames.js';
import { readTftpTransfers } from './tftp-transfers.js';

const client = ['10.77.0.50', 49_153] as const;
const server = ['10.77.0.1', 69] as const;
const RRQ = tftpPacket(1, 'initrd.gz\0octet\0blksize\x001024\0');

type Packet = readonly ['>' | '<', Uint8Array, (readonly [string, number])?];

/** Datagrams one millisecond apart, `>` from the client and `<` from the server. */
function wire(...packets: readonly Packet[]) {
  return capture(packets);
}

function capture(packets: readonly Packet[]) {
  return pcapOf(
    packets.map(([direction, payload, serverEnd = server], index): SentDatagram => {
      const ends =
        direction === '>' ? { from: client, to: serverEnd } : { from: serverEnd, to: client };
      return { time: 100 + index / 1000, ...ends, payload };
    }),
  );
}

describe('readTftpTransfers, of a recorded boot', () => {
  const transfers = readTftpTransfers(fixture('pxelinux-configuration.pcap'));

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

  it('counts a retransmitted block again, and takes its content once', () => {
    const [transfer] = readTftpTransfers(
      wire(
        ['>', RRQ],
        ['<', tftpPacket(6, 'blksize\x001024\0')],
        ['>', numberedPacket(4, 0)],
        ['<', numberedPacket(3, 1, block1)],
        ['<', numberedPacket(3, 1, block1)],
        ['>', numberedPacket(4, 1)],
        ['<', numberedPacket(3, 2, rest)],
        ['>', numberedPacket(4, 2)],
      ),
    );
    expect(transfer).toMatchObject({ outcome: 'completed', dataBytes: 2051 });
    expect(transfer!.content()).toEqual(Buffer.concat([block1, rest]));
  });

  it('follows a server that answers from another port', () => {
    const ephemeral = ['10.77.0.1', 40_000] as const;
    const [transfer] = readTftpTransfers(
      wire(
        ['>', tftpPacket(1, 'f\0octet\0')],
        ['<', numberedPacket(3, 1, rest), ephemeral],
        ['>', numberedPacket(4, 1), ephemeral],
      ),
    );
    expect(transfer).toMatchObject({ outcome: 'completed', dataBytes: 3 });
  });

  it('counts a repeated request as the same transfer, and a later one as a new one', () => {
    const request = tftpPacket(1, 'f\0octet\0');
    const transfers = readTftpTransfers(
      wire(
        ['>', request],
        ['>', request],
        ['<', numberedPacket(3, 1, rest)],
        // Sent before the answer arrived.
        ['>', request],
        ['<', numberedPacket(3, 1, rest)],
        ['>', numberedPacket(4, 1)],
        ['>', request],
      ),
    );
    expect(transfers.map(({ outcome }) => outcome)).toEqual(['completed', 'unfinished']);
  });

  it('recognises a client that only requested the size', () => {
    const [transfer] = readTftpTransfers(
      wire(
        ['>', RRQ],
        ['<', tftpPacket(6, 'blksize\x001024\0')],
        ['>', numberedPacket(5, 8, 'User aborted the transfer\0')],
      ),
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
    const [transfer] = readTftpTransfers(capture(packets));
    expect(transfer).toMatchObject({ outcome: 'completed', dataBytes: blocks * 8 });
    expect(transfer!.content()).toHaveLength(blocks * 8);
  });

  it('leaves out a record that is still being written', () => {
    const written = wire(['>', RRQ], ['<', numberedPacket(5, 1, 'no\0')]);
    const [transfer] = readTftpTransfers(written.subarray(0, written.length - 3));
    expect(transfer).toMatchObject({ outcome: 'unfinished' });
    expect(readTftpTransfers(new Uint8Array(10))).toEqual([]);
  });

  it('refuses fragments, other link types and other files', () => {
    const fragment = { time: 1, from: server, to: client, payload: RRQ, fragment: 0x2000 };
    expect(() => readTftpTransfers(pcapOf([fragment]))).toThrow('fragmented datagram 10.77.0.1');
    expect(() => readTftpTransfers(pcapOf([], 113))).toThrow('link type 113');
    expect(() => readTftpTransfers(Buffer.alloc(24, 'x'))).toThrow('not a pcap file');
  });
});
