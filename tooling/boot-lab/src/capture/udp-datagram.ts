import { LabError } from '../errors.js';
import { type CapturedFrame } from './pcap.js';

/** A UDP datagram over IPv4, as captured. */
export interface UdpDatagram {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** What UDP carried: a view into the capture. */
  readonly payload: Uint8Array;
}

/** An IPv4 address and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

const ETHERNET_HEADER_LENGTH = 14;
const ETHERTYPE_IPV4 = 0x0800;
const PROTOCOL_UDP = 17;
const UDP_HEADER_LENGTH = 8;

/**
 * The UDP datagram in a frame, or undefined when it holds something else.
 *
 * @throws {@link LabError} `ERR_LAB_MALFORMED` for a fragment: sums over datagrams would be wrong,
 * and boot firmware cannot put fragments together either
 */
export function readUdpDatagram({ time, bytes }: CapturedFrame): UdpDatagram | undefined {
  if (bytes.length < ETHERNET_HEADER_LENGTH + 20) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(12) !== ETHERTYPE_IPV4) return undefined;
  const ip = ETHERNET_HEADER_LENGTH;
  if (view.getUint8(ip + 9) !== PROTOCOL_UDP) return undefined;
  const source = readAddress(bytes, ip + 12);
  const destination = readAddress(bytes, ip + 16);
  // Flag "more fragments" and the 13 bits of the fragment offset.
  if ((view.getUint16(ip + 6) & 0x3fff) !== 0) {
    throw new LabError('ERR_LAB_MALFORMED', `fragmented datagram ${source} > ${destination}`);
  }
  const udp = ip + (view.getUint8(ip) & 0x0f) * 4;
  if (udp + UDP_HEADER_LENGTH > bytes.length) return undefined;
  const end = udp + view.getUint16(udp + 4);
  return {
    time,
    source: { address: source, port: view.getUint16(udp) },
    destination: { address: destination, port: view.getUint16(udp + 2) },
    payload: bytes.subarray(udp + UDP_HEADER_LENGTH, end),
  };
}

function readAddress(bytes: Uint8Array, offset: number): string {
  return bytes.subarray(offset, offset + 4).join('.');
}
