import { type LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';

import { type Dispatcher, EnvHttpProxyAgent } from 'undici';

import { NetbootError } from '../../errors.js';

/** Options of connections. */
export interface ConnectionOptions {
  /** Time limit for connecting, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** PEM certificates to trust in addition to those that Node.js trusts. */
  readonly ca: readonly string[];
  /**
   * Resolves the names of direct connections; a proxy resolves names itself.
   *
   * @default the system's resolver
   */
  readonly lookup?: LookupFunction;
  /**
   * Checks certificates even if `NODE_TLS_REJECT_UNAUTHORIZED` disables the check, for content that nothing
   * else vouches for.
   *
   * @default false
   */
  readonly checksCertificates?: boolean;
}

/**
 * Returns a dispatcher that connects to web servers directly or through the proxies in `http_proxy`,
 * `https_proxy` and `no_proxy`.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_INVALID_PROXY` if `http_proxy` or `https_proxy` is not a proxy
 *   URL
 */
export function openConnections({
  connectTimeoutMs,
  ca,
  lookup,
  checksCertificates = false,
}: ConnectionOptions): Dispatcher {
  const connect = {
    ...(checksCertificates && { rejectUnauthorized: true }),
    timeout: connectTimeoutMs,
    // Time for each address before the next one is tried. Node's default of 250 ms would also skip a slow
    // IPv4 address between two dead IPv6 ones.
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: Math.max(250, Math.floor(connectTimeoutMs / 4)),
    ...(ca.length > 0 && { ca: [...rootCertificates, ...ca] }),
  };
  try {
    // Like apt and curl, requests http URLs from the proxy itself and uses tunnels only for https: many
    // proxies refuse tunnels to port 80, and a cache cannot see inside them.
    return new EnvHttpProxyAgent({
      connect: { ...connect, ...(lookup && { lookup }) },
      proxyTls: connect,
      requestTls: connect,
      proxyTunnel: false,
    });
  } catch {
    // Without a cause, since that contains the proxy's URL with the password.
    throw new NetbootError(
      'ERR_NETBOOT_INVALID_PROXY',
      'http_proxy or https_proxy is not a proxy URL',
      {
        hint: 'write it like http://proxy.example:3128; in a password, write % as %25 and @ as %40',
      },
    );
  }
}
