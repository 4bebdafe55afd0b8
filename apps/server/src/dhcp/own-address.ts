import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

import { type ServerConfig } from '../config/schema.js';

/** Documentation address (RFC 5737) that is reached through the default route. Nothing is sent to it. */
const ELSEWHERE = '192.0.2.1';
const ANY_PORT = 9;

/**
 * Returns the IPv4 address of this host that machines can most likely reach: that of the default route,
 * otherwise the first that is not loopback; undefined if there is none.
 */
export async function ownAddress(): Promise<string | undefined> {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
  const routed = await routedAddress();
  return addresses.find((address) => address === routed) ?? addresses[0];
}

/**
 * Returns true if this host has an address. Reading the addresses needs a free descriptor; without one, no
 * address counts as this host's own.
 *
 * @param read - reads the addresses of this host
 */
export function isOwnAddress(address: string, read = networkInterfaces): boolean {
  try {
    return Object.values(read()).some((list) => list?.some((own) => own.address === address));
  } catch {
    return false;
  }
}

/** Returns the advertised host if it is an IPv4 address, since DHCP names this server by address. */
export function advertisedAddress({
  advertise,
}: Pick<ServerConfig, 'advertise'>): string | undefined {
  if (advertise === 'auto') {
    return undefined;
  }
  const { hostname } = new URL(advertise);
  return isIP(hostname) === 4 ? hostname : undefined;
}

/**
 * Returns the source address of the default route, which the kernel chooses when a UDP socket is connected,
 * without sending a packet; undefined if there is no such route.
 */
async function routedAddress(): Promise<string | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.connect(ANY_PORT, ELSEWHERE);
    await once(socket, 'connect');
    const { address }: AddressInfo = socket.address();
    return address;
  } catch {
    // Without a default route there is no address to prefer.
    return undefined;
  } finally {
    socket.close();
  }
}
