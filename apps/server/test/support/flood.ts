import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';

/** Connections held open by a test, from addresses in 127.0.0.0/8. */
export class Flood implements AsyncDisposable {
  readonly sockets: Socket[] = [];

  /**
   * Opens connections in small groups.
   *
   * @param request - request to send on each connection; the response is left unread
   */
  static async open(options: {
    readonly port: number;
    readonly connections: number;
    readonly addresses: number;
    readonly request?: (index: number) => string;
  }): Promise<Flood> {
    const { port, connections, addresses, request } = options;
    const flood = new Flood();
    const opening: Promise<unknown>[] = [];
    for (let index = 0; index < connections; index++) {
      const localAddress = `127.0.${1 + (index % addresses)}.1`;
      const socket = connect({ port, host: '127.0.0.1', localAddress });
      socket.pause();
      socket.on('error', () => undefined);
      if (request !== undefined) {
        socket.write(request(index));
      }
      flood.sockets.push(socket);
      // A full server resets some of the connections.
      opening.push(
        Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined),
      );
      if (opening.length === 64) {
        await Promise.all(opening.splice(0));
      }
    }
    await Promise.all(opening);
    return flood;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.sockets.map(async (socket) => {
        if (socket.closed) {
          return;
        }
        const closed = once(socket, 'close');
        socket.destroy();
        await closed;
      }),
    );
  }
}

/** Returns the resident memory of a process, in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1');
  const [, kibibytes = ''] = /^VmRSS:[ \t]+(\d{1,12}) kB$/m.exec(status) ?? [];
  return Number(kibibytes) * 1024;
}

/** Fetches a URL with curl from the given address; returns the status and the size received. */
export async function curlFrom(
  address: string,
  url: string,
): Promise<{ readonly status: number; readonly bytes: number }> {
  const format = '%{http_code} %{size_download}';
  const { stdout } = await promisify(execFile)('curl', [
    ...['-s', '--max-time', '240', '--interface', address, '-o', '/dev/null', '-w', format, url],
  ]);
  const [status, bytes] = stdout.split(' ').map(Number);
  return { status: status ?? 0, bytes: bytes ?? 0 };
}
