import { isIPv6 } from 'node:net';

/** Server named on a command line. */
export interface ServerName {
  readonly host: string;
  readonly port?: number;
}

/** Parses `HOST`, `HOST:PORT`, `[IPV6]:PORT` or a bare IPv6 address; undefined for anything else. */
export function parseServerName(text: string): ServerName | undefined {
  if (isIPv6(text)) {
    return { host: text };
  }
  const written = `tftp://${text}`;
  if (!URL.canParse(written)) {
    return undefined;
  }
  const { hostname, port, href } = new URL(written);
  const isBare = href === `tftp://${hostname}${port === '' ? '' : `:${port}`}`;
  if (!isBare || hostname === '') {
    return undefined;
  }
  const host = hostname.replace(/^\[|\]$/g, '');
  return { host, ...(port !== '' && { port: Number(port) }) };
}
