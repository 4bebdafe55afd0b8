import { type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';

const LF = 0x0a;
const CR = 0x0d;
const NOTHING = Buffer.alloc(0);

/** Bytes of a body, or of whatever follows a request, that are read and thrown away. */
const MAX_DISCARDED_BYTES = 64 * 1024;

/** Bytes of requests that wait for the one before them: what several heads of firmware have. */
const MAX_HELD_BYTES = 4 * 1024;

/** What stands in the line that is being read: nothing yet, a lone CR, or more. */
type Line = 'empty' | 'cr' | 'text';

/**
 * Lets one request at a time through to Node's parser. By itself, the parser makes objects for every
 * request that a read of 64 KiB holds, thousands of them, and for every chunk of a body, before the first
 * answer is made.
 *
 * ```
 * waiting     bytes up to the end of a head    go to the parser
 * answering   bytes of a body that is taken    go to the parser
 *             bytes of any other body          are thrown away; the connection is not to be kept
 *             line ends                        are thrown away: some clients send one more
 *             the next requests                wait, up to 4 KiB of them
 * ```
 */
export class RequestGate {
  readonly #socket: Socket;
  readonly #maxHeadBytes: number;
  readonly #parse: (chunk: Buffer) => void;
  #isAnswering = false;
  #isDiscarding = false;
  #bodyBytes = 0;
  #headBytes = 0;
  #discardedBytes = 0;
  #line: Line = 'empty';
  #hasText = false;
  /** Requests that came before the present one was answered. */
  #held = NOTHING;

  /**
   * @param socket - of a connection that a server of `node:http` has just taken on
   * @param maxHeadBytes - of a request's head, with the line ends before it
   */
  constructor(socket: Socket, maxHeadBytes: number) {
    this.#socket = socket;
    this.#maxHeadBytes = maxHeadBytes;
    // Node's server listens for the bytes that it parses, as any reader of a stream does.
    const [parse] = socket.listeners('data') as ((chunk: Buffer) => void)[];
    if (parse === undefined) {
      throw new Error('no HTTP server reads from this connection');
    }
    socket.removeListener('data', parse);
    this.#parse = (chunk) => {
      parse.call(socket, chunk);
    };
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
  }

  /**
   * A request is complete but for its body.
   *
   * @param bodyBytes - of its body: 0 if it has none, `Infinity` if the end of it is not known
   * @param takesBody - whether the parser is to have the body, if its end is known
   */
  begin(bodyBytes: number, takesBody = false): void {
    this.#isAnswering = true;
    this.#bodyBytes = takesBody && Number.isFinite(bodyBytes) ? bodyBytes : 0;
    this.#isDiscarding = bodyBytes > this.#bodyBytes;
  }

  /** Its answer is complete. */
  end(): void {
    this.#isAnswering = false;
    this.#headBytes = 0;
    if (this.#held.length > 0) {
      setImmediate(() => {
        this.#takeHeld();
      });
    }
  }

  #take(chunk: Buffer): void {
    // Once the socket is ended, an error was answered or the last answer is on its way.
    if (!this.#socket.writable) {
      return;
    }
    if (this.#held.length > 0) {
      this.#hold(chunk);
    } else {
      this.#takeRest(this.#isAnswering ? chunk : this.#passHead(chunk));
    }
  }

  #takeHeld(): void {
    const held = this.#held;
    this.#held = NOTHING;
    this.#take(held);
  }

  /** Keeps a copy, so that a few bytes do not keep the whole read that they came with. */
  #hold(bytes: Buffer): void {
    if (this.#held.length + bytes.length > MAX_HELD_BYTES) {
      this.#socket.destroy();
    } else {
      this.#held = Buffer.concat([this.#held, bytes]);
    }
  }

  /** Takes what follows a head, in the same chunk or later. */
  #takeRest(bytes: Buffer): void {
    const excess = this.#isAnswering ? this.#passBody(bytes) : bytes;
    if (excess.length === 0 || !this.#socket.writable) {
      return;
    }
    if (this.#isDiscarding) {
      this.#discard(excess.length);
    } else if (!this.#isAnswering) {
      this.#socket.destroy();
    } else if (!isLineEnds(excess)) {
      this.#hold(excess);
    }
  }

  /** Passes on what belongs to a head; returns what follows. */
  #passHead(chunk: Buffer): Buffer {
    const part = chunk.subarray(0, this.#maxHeadBytes - this.#headBytes);
    const end = this.#endOfHead(part);
    const head = end === undefined ? part : part.subarray(0, end);
    this.#headBytes += head.length;
    if (head.length > 0) {
      this.#parse(head);
    }
    return chunk.subarray(head.length);
  }

  #passBody(chunk: Buffer): Buffer {
    const body = chunk.subarray(0, this.#bodyBytes);
    this.#bodyBytes -= body.length;
    if (body.length > 0) {
      this.#parse(body);
    }
    return chunk.subarray(body.length);
  }

  /** What comes too fast to be thrown away stays with the client. */
  #discard(bytes: number): void {
    this.#discardedBytes += bytes;
    if (this.#discardedBytes > MAX_DISCARDED_BYTES) {
      this.#socket.pause();
    }
  }

  /** Index behind the empty line that ends a head; line ends before its first line do not count. */
  #endOfHead(chunk: Buffer): number | undefined {
    let from = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      const isEmpty = lineWith(this.#line, chunk, from, at) !== 'text';
      this.#line = 'empty';
      from = at + 1;
      if (isEmpty && this.#hasText) {
        this.#hasText = false;
        return from;
      }
      this.#hasText ||= !isEmpty;
    }
    this.#line = lineWith(this.#line, chunk, from, chunk.length);
    return undefined;
  }
}

/** A line as it is with more bytes. */
function lineWith(line: Line, chunk: Buffer, from: number, to: number): Line {
  if (from === to) {
    return line;
  }
  return line === 'empty' && to - from === 1 && chunk[from] === CR ? 'cr' : 'text';
}

function isLineEnds(bytes: Buffer): boolean {
  return bytes.length <= 4 && bytes.every((byte) => byte === LF || byte === CR);
}

/** Bytes of a request's body as its head announces them: `Infinity` if it does not say how many. */
export function announcedBodyBytes({ headers }: IncomingMessage): number {
  if (headers['transfer-encoding'] !== undefined) {
    return Infinity;
  }
  return Number(headers['content-length'] ?? 0);
}
