import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo } from 'node:net';

import { afterTest } from './made-up-mirror.js';

/** Running proxy. */
export interface WebProxy {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** Requested URLs, unmodified. */
  readonly urls: string[];
  /** Hosts of requested tunnels; the proxy opens none. */
  readonly tunnels: string[];
}

/**
 * Starts a proxy that behaves like Squid by default: it forwards requests for http URLs, and opens
 * no tunnels to ports other than 443 (here: to none at all).
 *
 * @param password - required user and password; without it, anyone may use the proxy
 */
export async function webProxy(password?: string): Promise<WebProxy> {
  const urls: string[] = [];
  const tunnels: string[] = [];
  const isWelcome = ({ headers }: IncomingMessage): boolean =>
    password === undefined ||
    headers['proxy-authorization'] === `Basic ${Buffer.from(password).toString('base64')}`;
  const server = createServer((incoming, response) => {
    const url = incoming.url ?? '';
    urls.push(url);
    if (!isWelcome(incoming)) {
      response.writeHead(407, { 'Proxy-Authenticate': 'Basic' }).end();
      return;
    }
    const { 'proxy-authorization': _forProxy, ...headers } = incoming.headers;
    const outgoing = request(url, { headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    outgoing.end();
  });
  server.on('connect', ({ url = '' }, client) => {
    tunnels.push(url);
    client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, urls, tunnels };
}
