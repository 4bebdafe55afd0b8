import { LabError } from '@pxe/lab-host';

import { type Endpoint, readIpv4Packet } from './ipv4-packet.js';
import { type CapturedFrame } from './pcap.js';

/** A UDP datagram over IPv4, as captured. */
export interface UdpDatagram {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** UDP payload: a view into the capture. */
  readonly payload: Uint8Array;
}

const PROTOCOL_UDP = 17;
const HEADER_LENGTH = 8;

/**
 * Returns the UDP datagram in a frame (RFC 768); undefined for any other frame.
 *
 * @throws {@link LabError} `ERR_LAB_MALFORMED` for a fragment: sums over datagrams would be wrong,
 *   and boot firmware cannot put fragments together either
 */
export function readUdpDatagram(frame: CapturedFrame): UdpDatagram | undefined {
  const packet = readIpv4Packet(frame);
  if (packet?.protocol !== PROTOCOL_UDP) {
    return undefined;
  }
  const { time, source, destination, payload } = packet;
  if (packet.isFragment) {
    throw new LabError('ERR_LAB_MALFORMED', `fragmented datagram ${source} > ${destination}`);
  }
  if (payload.length < HEADER_LENGTH) {
    return undefined;
  }
  const udp = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return {
    time,
    source: { address: source, port: udp.getUint16(0) },
    destination: { address: destination, port: udp.getUint16(2) },
    payload: payload.subarray(HEADER_LENGTH, udp.getUint16(4)),
  };
}
