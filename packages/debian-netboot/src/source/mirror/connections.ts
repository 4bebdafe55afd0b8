import { EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { NetbootError } from '../../errors.js';

/**
 * Connections to web servers: direct ones, or by the proxies that `http_proxy`, `https_proxy` and
 * `no_proxy` name.
 *
 * @throws NetbootError `ERR_NETBOOT_INVALID_PROXY`
 */
export function openConnections(connectTimeoutMs: number): Dispatcher {
  const connect = { timeout: connectTimeoutMs };
  try {
    // A proxy is asked for http URLs, as apt and curl ask it, and to open a tunnel for https only:
    // many refuse tunnels to port 80, and one that caches could not.
    return new EnvHttpProxyAgent({ connect, proxyTls: connect, proxyTunnel: false });
  } catch {
    // The cause is left out: it holds the proxy's URL, with the password in it.
    throw new NetbootError(
      'ERR_NETBOOT_INVALID_PROXY',
      'http_proxy or https_proxy is not the URL of a proxy',
      { hint: 'write it like http://proxy.example:3128; % is %25, @ is %40 in a password' },
    );
  }
}
