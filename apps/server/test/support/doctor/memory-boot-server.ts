import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

import { bytesSource, createTftpServer, type TftpServer } from '@pxe/tftp-protocol/node';

/** Files by their names, without a leading slash. */
export type BootFiles = Readonly<Record<string, Buffer | string>>;

/** Boot server on loopback with files in memory. */
export class MemoryBootServer implements AsyncDisposable {
  readonly tftpPort: number;
  /** HTTP address, as in `http://127.0.0.1:12345`. */
  readonly base: string;
  readonly #tftp: TftpServer;
  readonly #http: Server;

  private constructor(tftp: TftpServer, http: Server) {
    this.#tftp = tftp;
    this.#http = http;
    this.tftpPort = tftp.addresses[0]?.port ?? 0;
    this.base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  }

  /**
   * Starts a server on free ports.
   *
   * @param files - returns the files, over TFTP and HTTP alike
   * @param onRequest - answers the HTTP requests instead
   */
  static async start(
    files: (base: string) => BootFiles,
    onRequest?: RequestListener,
  ): Promise<MemoryBootServer> {
    const contentOf = (name: string): Buffer | undefined => {
      const content = files(server.base)[name.replace(/^\//, '')];
      return content === undefined ? undefined : Buffer.from(content);
    };
    const http = createServer(
      onRequest ??
        (({ method, url = '' }, response) => {
          const content = contentOf(url);
          if (content === undefined) {
            response.writeHead(404, { 'Content-Length': 0 }).end();
            return;
          }
          response.writeHead(200, { 'Content-Length': content.length });
          response.end(method === 'HEAD' ? undefined : content);
        }),
    );
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const tftp = await createTftpServer({
      source: ({ filename }) => {
        const content = contentOf(filename);
        return content === undefined ? undefined : bytesSource(content);
      },
      listen: [{ address: '127.0.0.1', port: 0 }],
    });
    const server = new MemoryBootServer(tftp, http);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections();
    this.#http.close();
    await this.#tftp.close();
  }
}
