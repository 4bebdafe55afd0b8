import { readIpv4Packet } from '../capture/ipv4-packet.js';
import { readPcap } from '../capture/pcap.js';
import { LAB_NETWORK } from '../network/lab-network.js';

/** Network traffic of a boot. */
export interface BootTraffic {
  /**
   * Time from the first request to the last byte, without the longest silence, which is the menu's.
   */
  readonly seconds: number;
  /** The longest silence. */
  readonly silence: number;
  /** Bytes of UDP payload in both directions, without DHCP. */
  readonly udpBytes: number;
}

const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
const UDP_HEADER_LENGTH = 8;
const DHCP_PORTS: ReadonlySet<number> = new Set([67, 68]);

/** Measures the traffic between machine and server over all protocols except DHCP. */
export function measureTraffic(capture: Uint8Array): BootTraffic {
  let [first, last, silence, udpBytes] = [Number.NaN, Number.NaN, 0, 0];
  for (const frame of readPcap(capture)) {
    const packet = readIpv4Packet(frame);
    if (packet === undefined || !isBetweenThem(packet)) {
      continue;
    }
    const { protocol, payload } = packet;
    if (protocol !== PROTOCOL_TCP && protocol !== PROTOCOL_UDP) {
      continue;
    }
    const ports = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    if (protocol === PROTOCOL_UDP) {
      if (DHCP_PORTS.has(ports.getUint16(0)) || DHCP_PORTS.has(ports.getUint16(2))) {
        continue;
      }
      udpBytes += ports.getUint16(4) - UDP_HEADER_LENGTH;
    }
    if (Number.isNaN(first)) {
      first = frame.time;
    } else {
      silence = Math.max(silence, frame.time - last);
    }
    last = frame.time;
  }
  return { seconds: last - first - silence, silence, udpBytes };
}

function isBetweenThem({
  source,
  destination,
}: {
  readonly source: string;
  readonly destination: string;
}): boolean {
  const { clientAddress: client, serverAddress: server } = LAB_NETWORK;
  return (
    (source === client && destination === server) || (source === server && destination === client)
  );
}
