import { LAB_NETWORK } from './lab-network.js';

/**
 * Returns QEMU's arguments for the cable between the machine's network card and the daemon's network: a
 * netdev `cable` on the tap device.
 *
 * @param roundTripMs - delay added to each round trip, in milliseconds. QEMU holds back the packets of
 *   both directions and releases them at intervals of half this time, so that a request and its answer
 *   together wait that long
 * @param filters - arguments for what else the frames pass through. @default none
 */
export function cableArguments(roundTripMs: number, filters: readonly string[] = []): string[] {
  const netdev = `tap,id=cable,ifname=${LAB_NETWORK.tap},script=no,downscript=no`;
  const delay = `filter-buffer,id=delay,netdev=cable,queue=all,interval=${roundTripMs * 500}`;
  return ['-netdev', netdev, ...(roundTripMs === 0 ? [] : ['-object', delay]), ...filters];
}
