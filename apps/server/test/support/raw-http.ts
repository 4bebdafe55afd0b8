import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Raw HTTP response. */
export interface RawAnswer {
  readonly statusLine: string;
  /** Header lines in their order and case. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/**
 * TCP connection for raw requests. Reads responses as the strictest clients do: exactly the number of bytes
 * that `Content-Length`, capitalised like this, announces.
 */
export class HttpConnection implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  #hasEnded = false;
  #onChange: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const changed = (): void => {
      this.#onChange();
    };
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      changed();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#hasEnded = true;
      changed();
    });
  }

  static async open(port: number): Promise<HttpConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new HttpConnection(socket);
  }

  /** Sends a request and reads the response. */
  async ask(request: string): Promise<RawAnswer> {
    this.#socket.write(request);
    await this.#until(() => this.#received().includes('\r\n\r\n'));
    const head = this.#received();
    const headEnd = head.indexOf('\r\n\r\n');
    const [statusLine = '', ...headers] = head
      .subarray(0, headEnd)
      .toString('latin1')
      .split('\r\n');
    const [, length] = /^Content-Length: (\d+)$/m.exec(headers.join('\n')) ?? [];
    const hasBody = !request.startsWith('HEAD ') && !statusLine.includes(' 304 ');
    const end = headEnd + 4 + (hasBody ? Number(length ?? 0) : 0);
    await this.#until(() => this.#receivedBytes >= end);
    const all = this.#received();
    this.#chunks.splice(0, Infinity, all.subarray(end));
    return { statusLine, headers, body: all.subarray(headEnd + 4, end) };
  }

  /** Waits until the server closes; returns the bytes since the last response. */
  async rest(): Promise<Buffer> {
    while (!this.#hasEnded) {
      await this.#change();
    }
    return this.#received();
  }

  /** Returns true if the server kept the connection open after its last response. */
  async isKept(): Promise<boolean> {
    try {
      await this.ask('GET /is-it-kept HTTP/1.1\r\nHost: x\r\n\r\n');
      return true;
    } catch (error) {
      if (error instanceof ConnectionEnded) {
        return false;
      }
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) {
      return;
    }
    this.#socket.destroy();
    await once(this.#socket, 'close');
  }

  get #receivedBytes(): number {
    return this.#chunks.reduce((total, { byteLength }) => total + byteLength, 0);
  }

  /** Joins and returns the bytes received since the last response. */
  #received(): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#chunks.splice(0, Infinity, all);
    return all;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#hasEnded) {
        throw new ConnectionEnded(this.#received());
      }
      await this.#change();
    }
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onChange = resolve;
    });
  }
}

class ConnectionEnded extends Error {
  constructor(received: Buffer) {
    super(`the server closed the connection after ${JSON.stringify(received.toString('latin1'))}`);
  }
}

/** Sends one request on a new connection; also reports whether the server closed it. */
export async function rawHttp(
  port: number,
  request: string,
): Promise<RawAnswer & { readonly closed: boolean }> {
  await using connection = await HttpConnection.open(port);
  const answer = await connection.ask(request);
  return { ...answer, closed: !(await connection.isKept()) };
}

/**
 * Sends a request from another process and resets the connection, while this process cannot accept it: a server
 * here learns of both at once.
 */
export function sendAndReset(port: number, request: string): void {
  const program = `
    const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1', () => {
      socket.write(process.argv[2], () => socket.resetAndDestroy());
    });`;
  execFileSync(process.execPath, ['-e', program, String(port), request]);
}
