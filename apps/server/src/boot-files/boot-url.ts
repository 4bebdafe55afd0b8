import { type AddressInfo, isIP } from 'node:net';

import { type BootClient } from '../namespace/boot-namespace.js';

/** Settings that decide the URL under which a client reaches boot HTTP. */
export interface BootUrlSettings {
  /** `auto`, or the base URL of boot HTTP as machines reach it. */
  readonly advertise: string;
  /** Returns the addresses that boot HTTP listens on; called only with `advertise: auto`. */
  readonly httpAddresses: () => readonly Pick<AddressInfo, 'address' | 'port'>[];
}

const WILDCARDS: ReadonlySet<string> = new Set(['::', '0.0.0.0']);

/**
 * Returns the base URL of boot HTTP for one client. With `advertise: auto`, its host is the address that the
 * client sent its request to, if boot HTTP listens there, and otherwise another address that boot HTTP
 * listens on.
 */
export function bootUrl(
  { localAddress }: Pick<BootClient, 'localAddress'>,
  settings: BootUrlSettings,
): URL {
  if (settings.advertise !== 'auto') {
    return new URL(settings.advertise);
  }
  const listeners = settings.httpAddresses();
  const listener =
    listeners.find(({ address }) => address === localAddress) ??
    listeners.find(({ address }) => WILDCARDS.has(address)) ??
    listeners[0];
  const { address, port } = listener ?? { address: localAddress, port: 80 };
  const host = WILDCARDS.has(address) ? localAddress : address;
  return new URL(`http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`);
}
