import { type CapturedPacket } from '../capture/captured-packet.js';
import { LAB_NETWORK } from '../network/lab-network.js';

/** Network traffic of a boot. */
export interface BootTraffic {
  /**
   * Seconds from the first request to the last byte, without the longest silence, which is the one at the
   * menu.
   */
  readonly seconds: number;
  /** Longest silence, in seconds. */
  readonly silence: number;
  /** Bytes of UDP payload in both directions, without DHCP. */
  readonly udpBytes: number;
}

const ENDS: ReadonlySet<string> = new Set([LAB_NETWORK.clientAddress, LAB_NETWORK.serverAddress]);
const DHCP_PORTS: ReadonlySet<number> = new Set([67, 68]);

/** Measures the traffic between machine and server over all protocols except DHCP. */
export function measureTraffic(capture: readonly CapturedPacket[]): BootTraffic {
  let [first, last, silence, udpBytes] = [Number.NaN, Number.NaN, 0, 0];
  for (const { time, source, destination, tcp, payload } of capture) {
    if (!ENDS.has(source.address) || !ENDS.has(destination.address)) {
      continue;
    }
    if (tcp === undefined) {
      if (DHCP_PORTS.has(source.port) || DHCP_PORTS.has(destination.port)) {
        continue;
      }
      udpBytes += payload.length;
    }
    if (Number.isNaN(first)) {
      first = time;
    } else {
      silence = Math.max(silence, time - last);
    }
    last = time;
  }
  return { seconds: last - first - silence, silence, udpBytes };
}
