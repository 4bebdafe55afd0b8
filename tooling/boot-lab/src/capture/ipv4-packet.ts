import { type CapturedFrame } from './pcap.js';

/** An IPv4 packet in an Ethernet frame, as captured. */
export interface Ipv4Packet {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  /** True for a fragment of a larger datagram. */
  readonly isFragment: boolean;
  /** IP payload without Ethernet's padding: a view into the capture. */
  readonly payload: Uint8Array;
}

/** An IPv4 address and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Formats an endpoint as a map key and for messages. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return `${address}:${port}`;
}

const ETHERNET_HEADER_LENGTH = 14;
const ETHERTYPE_IPV4 = 0x0800;
const MINIMUM_HEADER_LENGTH = 20;
/** Flag "more fragments" and the 13 bits of the fragment offset (RFC 791 section 3.1). */
const FRAGMENT_FIELD = 0x3fff;

/** Returns the IPv4 packet in a frame; undefined for any other frame (RFC 791). */
export function readIpv4Packet({ time, bytes }: CapturedFrame): Ipv4Packet | undefined {
  if (bytes.length < ETHERNET_HEADER_LENGTH + MINIMUM_HEADER_LENGTH) {
    return undefined;
  }
  const frame = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (frame.getUint16(12) !== ETHERTYPE_IPV4) {
    return undefined;
  }
  const packet = bytes.subarray(ETHERNET_HEADER_LENGTH);
  const ip = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  return {
    time,
    protocol: ip.getUint8(9),
    source: packet.subarray(12, 16).join('.'),
    destination: packet.subarray(16, 20).join('.'),
    isFragment: (ip.getUint16(6) & FRAGMENT_FIELD) !== 0,
    payload: packet.subarray((ip.getUint8(0) & 0x0f) * 4, ip.getUint16(2)),
  };
}
