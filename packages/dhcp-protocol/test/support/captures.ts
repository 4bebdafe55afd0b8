import { readFileSync } from 'node:fs';

/** UDP datagram in a capture. */
export interface CapturedDatagram {
  readonly from: string;
  readonly sourcePort: number;
  readonly to: string;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const ETHERNET_HEADER_BYTES = 14;
const UDP_HEADER_BYTES = 8;

/** Reads the UDP datagrams of a little-endian pcap file of IPv4 over Ethernet, as tcpdump writes it. */
export function readCapture(path: string | URL): CapturedDatagram[] {
  const file = readFileSync(path);
  const datagrams: CapturedDatagram[] = [];
  let offset = FILE_HEADER_BYTES;
  while (offset < file.length) {
    const end = offset + RECORD_HEADER_BYTES + file.readUInt32LE(offset + 8);
    const packet = file.subarray(offset + RECORD_HEADER_BYTES + ETHERNET_HEADER_BYTES, end);
    const udp = packet.subarray(4 * (packet.readUInt8(0) & 0x0f));
    datagrams.push({
      from: packet.subarray(12, 16).join('.'),
      sourcePort: udp.readUInt16BE(0),
      to: packet.subarray(16, 20).join('.'),
      destinationPort: udp.readUInt16BE(2),
      payload: Uint8Array.from(udp.subarray(UDP_HEADER_BYTES, udp.readUInt16BE(4))),
    });
    offset = end;
  }
  return datagrams;
}

/** Returns a pcap file of one UDP datagram per payload, over IPv4 from port 68 to port 67. */
export function writeCapture(payloads: readonly Uint8Array[]): Buffer {
  return capture(payloads, (udp) => {
    const ip = Buffer.alloc(20);
    ip.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17]);
    ip.writeUInt16BE(20 + udp.length, 2);
    ip.fill(0xff, 16);
    return ip;
  });
}

/** Returns a pcap file of one UDP datagram per payload, over IPv6 from port 546 to port 547. */
export function writeIpv6Capture(payloads: readonly Uint8Array[]): Buffer {
  return capture(payloads, (udp) => {
    udp.writeUInt16BE(546, 0);
    udp.writeUInt16BE(547, 2);
    const ip = Buffer.alloc(40);
    ip.set([0x60, 0, 0, 0, 0, 0, 17, 1]);
    ip.writeUInt16BE(udp.length, 4);
    ip.set([0xfe, 0x80], 8);
    ip.set([0xff, 2], 24);
    return ip;
  });
}

/**
 * Returns a pcap file of one UDP datagram per payload. `ipHeader` returns the header of the packet with a UDP
 * datagram, which it may change.
 */
function capture(
  payloads: readonly Uint8Array[],
  ipHeader: (udp: Buffer<ArrayBuffer>) => Buffer<ArrayBuffer>,
): Buffer {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  header.writeUInt32LE(0xa1b2_c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(0xffff, 16);
  header.writeUInt32LE(1, 20);
  const records = payloads.flatMap((payload, index) => {
    const udp = Buffer.alloc(UDP_HEADER_BYTES + payload.length);
    udp.writeUInt16BE(68, 0);
    udp.writeUInt16BE(67, 2);
    udp.writeUInt16BE(udp.length, 4);
    udp.set(payload, UDP_HEADER_BYTES);
    const ip = ipHeader(udp);
    const isIpv6 = ip[0] === 0x60;
    const ethernet = Buffer.alloc(ETHERNET_HEADER_BYTES, 0xff);
    ethernet.set([2, 0, 0, 0, 0, 1, ...(isIpv6 ? [0x86, 0xdd] : [8, 0])], 6);
    const head = Buffer.alloc(RECORD_HEADER_BYTES);
    const length = ethernet.length + ip.length + udp.length;
    head.writeUInt32LE(index, 0);
    head.writeUInt32LE(length, 8);
    head.writeUInt32LE(length, 12);
    return [head, ethernet, ip, udp];
  });
  return Buffer.concat([header, ...records]);
}
