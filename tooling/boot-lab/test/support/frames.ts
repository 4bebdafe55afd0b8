/** Builds captures packet by packet, for events in no recorded boot: losses, rollover, aborts. */

/** A UDP datagram to put on the wire. Times are seconds. */
export interface SentDatagram {
  readonly time: number;
  readonly from: readonly [address: string, port: number];
  readonly to: readonly [address: string, port: number];
  readonly payload: Uint8Array;
  /** The IPv4 fragment field: flags and offset. @default 0 */
  readonly fragment?: number;
}

/** Returns the datagrams as a pcap file, little-endian, in microseconds. */
export function pcapOf(datagrams: readonly SentDatagram[], linkType = 1): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2_c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(0x4_0000, 16);
  header.writeUInt32LE(linkType, 20);
  return Buffer.concat([header, ...datagrams.map(recordOf)]);
}

/** Returns a TFTP packet: an opcode and its body. */
export function tftpPacket(opcode: number, body: Uint8Array | string): Uint8Array {
  return Buffer.concat([Buffer.from([0, opcode]), Buffer.from(body)]);
}

/** Returns a TFTP packet with a block number or error code after the opcode. */
export function numberedPacket(opcode: number, number: number, body: Uint8Array | string = '') {
  return tftpPacket(
    opcode,
    Buffer.concat([Buffer.from([number >> 8, number & 0xff]), Buffer.from(body)]),
  );
}

function recordOf({ time, from, to, payload, fragment = 0 }: SentDatagram): Buffer {
  const udp = Buffer.alloc(8 + payload.length);
  udp.writeUInt16BE(from[1], 0);
  udp.writeUInt16BE(to[1], 2);
  udp.writeUInt16BE(udp.length, 4);
  udp.set(payload, 8);
  return packetRecord({ time, from: from[0], to: to[0], protocol: 17, body: udp, fragment });
}

/** A TCP segment to put on the wire. */
export interface SentSegment {
  readonly from: readonly [address: string, port: number];
  readonly to: readonly [address: string, port: number];
  readonly sequence: number;
  readonly syn?: boolean;
  readonly payload?: string;
}

/** Returns the segments as a pcap file. */
export function tcpPcapOf(segments: readonly SentSegment[]): Uint8Array {
  return Buffer.concat([pcapOf([]), ...segments.map(segmentRecord)]);
}

function segmentRecord({ from, to, sequence, syn, payload = '' }: SentSegment): Buffer {
  const tcp = Buffer.alloc(20 + payload.length);
  tcp.writeUInt16BE(from[1], 0);
  tcp.writeUInt16BE(to[1], 2);
  tcp.writeUInt32BE(sequence >>> 0, 4);
  tcp.writeUInt8(0x50, 12);
  tcp.writeUInt8(syn === true ? 0x02 : 0x10, 13);
  tcp.write(payload, 20, 'latin1');
  return packetRecord({ time: 0, from: from[0], to: to[0], protocol: 6, body: tcp, fragment: 0 });
}

interface PacketFields {
  readonly time: number;
  readonly from: string;
  readonly to: string;
  readonly protocol: number;
  readonly body: Uint8Array;
  readonly fragment: number;
}

function packetRecord({ time, from, to, protocol, body, fragment }: PacketFields): Buffer {
  // Ethernet pads short frames: what follows the packet must not be taken for its content.
  const frame = Buffer.alloc(Math.max(60, 14 + 20 + body.length), 0xee);
  frame.writeUInt16BE(0x0800, 12);
  frame.writeUInt8(0x45, 14);
  frame.writeUInt16BE(20 + body.length, 16);
  frame.writeUInt16BE(fragment, 20);
  frame.writeUInt8(protocol, 23);
  frame.set(from.split('.').map(Number), 26);
  frame.set(to.split('.').map(Number), 30);
  frame.set(body, 34);
  const record = Buffer.alloc(16);
  record.writeUInt32LE(Math.floor(time), 0);
  record.writeUInt32LE(Math.round((time % 1) * 1e6), 4);
  record.writeUInt32LE(frame.length, 8);
  record.writeUInt32LE(frame.length, 12);
  return Buffer.concat([record, frame]);
}
