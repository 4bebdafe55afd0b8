import { isIP } from 'node:net';

import { type ServerConfig } from '../config/schema.js';

/** Port to which boot firmware sends its requests. */
const TFTP_PORT = '69';

/** Addresses that each plane listens on, as `address:port`. */
export interface PlaneAddresses {
  readonly tftp: readonly string[];
  readonly http: readonly string[];
  readonly admin: readonly string[];
}

/**
 * Returns the address of this host if TFTP answers there or on no IPv4 address, otherwise the first IPv4
 * address where TFTP answers, loopback last.
 *
 * @param own - IPv4 address of this host that machines can most likely reach, if there is one
 */
export function answeringAddress(
  tftp: readonly string[],
  own: string | undefined,
): string | undefined {
  const hosts = tftp.map((text) => text.slice(0, text.lastIndexOf(':')));
  const isEverywhere = hosts.some((host) => host === '0.0.0.0' || host === '[::]');
  return isEverywhere || hosts.some((host) => host === own)
    ? own
    : (hosts.find((host) => isIP(host) === 4 && !isLoopback(host)) ??
        hosts.find((host) => isIP(host) === 4) ??
        own);
}

/**
 * Returns the addresses that users can use: those that other hosts can reach, or all if there are none;
 * `0.0.0.0` and `[::]` are replaced with a real address.
 */
export function usableAddresses(planes: PlaneAddresses, own: string | undefined): PlaneAddresses {
  const usable = (listed: readonly string[]): readonly string[] => {
    const real = listed.map((text) =>
      text.replace(/^(?:0\.0\.0\.0|\[::\]):/, `${own ?? '127.0.0.1'}:`),
    );
    const remote = real.filter((text) => !/^(?:127\.|\[::1\]|\[fe80:)/.test(text));
    return [...new Set(remote.length > 0 ? remote : real)];
  };
  return { tftp: usable(planes.tftp), http: usable(planes.http), admin: usable(planes.admin) };
}

/**
 * Returns the reason why firmware cannot use this server as it is, and the remedy; undefined if it can.
 *
 * If an address is advertised, port 69 is assumed to be forwarded, as by a host port of a container.
 */
export function obstacleOf(
  { tftp }: Pick<PlaneAddresses, 'tftp'>,
  { advertise }: Pick<ServerConfig, 'advertise'>,
): string | undefined {
  const endpoints = tftp.map((text) => ({
    host: text.slice(0, text.lastIndexOf(':')),
    port: text.slice(text.lastIndexOf(':') + 1),
  }));
  if (advertise === 'auto' && endpoints.every(({ port }) => port !== TFTP_PORT)) {
    return `Boot firmware uses TFTP port ${TFTP_PORT} only, but this server listens on ${endpoints[0]?.port ?? 'none'}: run it as root, or stop the program that uses port ${TFTP_PORT}.`;
  }
  return endpoints.every(({ host }) => isLoopback(host))
    ? 'TFTP answers only on loopback: connect this host to the network, or set tftp.listen to an address that machines reach.'
    : undefined;
}

function isLoopback(host: string): boolean {
  return host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
}
