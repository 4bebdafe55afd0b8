import { isIP } from 'node:net';

/**
 * Address that a plane listens on: `address` is an IP address, `*` (every address, IPv4 and IPv6) or `auto`
 * (every address; TFTP binds one socket per local address).
 */
export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

/**
 * Parses `192.0.2.1`, `192.0.2.1:69`, `[::1]:69`, `::1`, `*:69`, `auto` and `auto:69`.
 * Returns undefined for any other text.
 */
export function parseListenAddress(text: string, defaultPort: number): ListenAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[]*))(?::(\d{1,5}))?$/.exec(text);
  if (match === null) {
    return isIP(text) === 6 ? { address: text, port: defaultPort } : undefined;
  }
  const [, bracketed, plain, portText] = match;
  const port = portText === undefined ? defaultPort : Number(portText);
  if (port > 65_535) {
    return undefined;
  }
  if (bracketed !== undefined) {
    return isIP(bracketed) === 6 ? { address: bracketed, port } : undefined;
  }
  const address = plain ?? '';
  if (address === '*' || address === 'auto' || isIP(address) === 4) {
    return { address, port };
  }
  return undefined;
}

/** Formats an address in the form that {@link parseListenAddress} parses. */
export function formatListenAddress({ address, port }: ListenAddress): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
