/** Builds captures packet by packet, for what no recorded boot shows: losses, rollover, aborts. */

/** A UDP datagram to put on the wire. Times are seconds. */
export interface SentDatagram {
  readonly time: number;
  readonly from: readonly [address: string, port: number];
  readonly to: readonly [address: string, port: number];
  readonly payload: Uint8Array;
  /** The IPv4 fragment field: flags and offset. @default 0 */
  readonly fragment?: number;
}

/** The datagrams as a pcap file, little-endian, in microseconds. */
export function pcapOf(datagrams: readonly SentDatagram[], linkType = 1): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2_c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(0x4_0000, 16);
  header.writeUInt32LE(linkType, 20);
  return Buffer.concat([header, ...datagrams.map(recordOf)]);
}

/** A TFTP packet: an opcode and its body. */
export function tftpPacket(opcode: number, body: Uint8Array | string): Uint8Array {
  return Buffer.concat([Buffer.from([0, opcode]), Buffer.from(body)]);
}

/** A TFTP packet with a block number or error code after the opcode. */
export function numberedPacket(opcode: number, number: number, body: Uint8Array | string = '') {
  return tftpPacket(
    opcode,
    Buffer.concat([Buffer.from([number >> 8, number & 0xff]), Buffer.from(body)]),
  );
}

function recordOf({ time, from, to, payload, fragment = 0 }: SentDatagram): Buffer {
  const frame = Buffer.alloc(14 + 20 + 8 + payload.length);
  frame.writeUInt16BE(0x0800, 12);
  frame.writeUInt8(0x45, 14);
  frame.writeUInt16BE(28 + payload.length, 16);
  frame.writeUInt16BE(fragment, 20);
  frame.writeUInt8(17, 23);
  frame.set(from[0].split('.').map(Number), 26);
  frame.set(to[0].split('.').map(Number), 30);
  frame.writeUInt16BE(from[1], 34);
  frame.writeUInt16BE(to[1], 36);
  frame.writeUInt16BE(8 + payload.length, 38);
  frame.set(payload, 42);
  const record = Buffer.alloc(16);
  record.writeUInt32LE(Math.floor(time), 0);
  record.writeUInt32LE(Math.round((time % 1) * 1e6), 4);
  record.writeUInt32LE(frame.length, 8);
  record.writeUInt32LE(frame.length, 12);
  return Buffer.concat([record, frame]);
}
