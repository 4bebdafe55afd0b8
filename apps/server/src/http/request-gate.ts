import { type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DEL = 0x7f;
const NOTHING = Buffer.alloc(0);

/** Maximum number of bytes after a request that are read and discarded. */
const MAX_DISCARDED_BYTES = 64 * 1024;

/**
 * Maximum number of bytes of further requests held while one is being answered: several request heads of
 * firmware.
 */
const MAX_HELD_BYTES = 4 * 1024;

/**
 * Maximum number of lines of a request head. A real one has under 30, and Node keeps every field in
 * memory, at over 100 bytes each, while a request is answered.
 */
export const MAX_HEAD_LINES = 64;

/** State of the line being read: nothing yet, a lone CR, or more. */
type Line = 'empty' | 'cr' | 'text';

/**
 * Input that the gate does not pass on: a head that is too long or has too many lines, bytes after a head
 * that is not a request (the HTTP/2 preface), or too many requests before a response.
 */
export type GateRefusal = 'head' | 'lines' | 'excess' | 'queue';

/**
 * Lets one request at a time through to Node's parser. On its own, the parser creates objects for every
 * request in a read of 64 KiB (thousands of them) and for every chunk of a body before the first request
 * is answered.
 *
 * ```
 * waiting     bytes up to the end of a head    go to the parser
 * answering   bytes of an accepted body        go to the parser
 *             bytes of any other body          are discarded; the connection must not be kept
 *             line endings                     are discarded: some clients send an extra one
 *             the next requests                wait, up to 4 KiB of them
 * ```
 */
export class RequestGate {
  readonly #socket: Socket;
  readonly #maxHeadBytes: number;
  readonly #onRefused: (refusal: GateRefusal) => void;
  readonly #takeTurn: () => Promise<void> | undefined;
  readonly #parse: (chunk: Buffer) => void;
  #isAnswering = false;
  #isDiscarding = false;
  #bodyBytes = 0;
  #headBytes = 0;
  #headLines = 0;
  #discardedBytes = 0;
  #line: Line = 'empty';
  #hasText = false;
  #previousByte = 0;
  #isMalformed = false;
  /** Bytes of further requests, received before the current one was answered. */
  #held = NOTHING;

  /**
   * @param socket - socket that a `node:http` server has just accepted
   * @param maxHeadBytes - maximum size of a request head in bytes, including line endings before it
   * @param onRefused - called when the gate refuses further input; must end the connection. `@default`
   * destroys it
   * @param takeTurn - called before bytes of a head are passed to the parser; they wait for the promise that
   *   it returns. `@default` they never wait
   * @throws Error when no HTTP server reads from the socket
   */
  constructor(
    socket: Socket,
    maxHeadBytes: number,
    onRefused: (refusal: GateRefusal) => void = () => socket.destroy(),
    takeTurn: () => Promise<void> | undefined = () => undefined,
  ) {
    this.#socket = socket;
    this.#maxHeadBytes = maxHeadBytes;
    this.#onRefused = onRefused;
    this.#takeTurn = takeTurn;
    // Node's server reads the socket through a 'data' listener, which the gate replaces.
    const [parse] = socket.listeners('data') as ((chunk: Buffer) => void)[];
    if (parse === undefined) {
      throw new Error('expected a socket that an HTTP server reads from');
    }
    socket.removeListener('data', parse);
    this.#parse = (chunk) => {
      parse.call(socket, chunk);
    };
    socket.on('data', (chunk: Buffer) => {
      this.#takeInTurn(chunk);
    });
  }

  /**
   * True if the current head breaks the syntax of RFC 9112 in a way that a lenient parser tolerates: bare
   * carriage returns or line feeds, folded lines or control characters. Another HTTP implementation may see
   * other requests in the same bytes, so the connection must not be reused.
   */
  get isMalformed(): boolean {
    return this.#isMalformed;
  }

  /** True if the client may still be sending a body that nobody reads. */
  get isDiscarding(): boolean {
    return this.#isDiscarding;
  }

  /**
   * Called when the head of a request is complete.
   *
   * @param bodyBytes - size of its body in bytes; `Infinity` if unknown
   * @param takesBody - true to pass a body of known size to the parser
   */
  begin(bodyBytes: number, takesBody = false): void {
    this.#isAnswering = true;
    this.#bodyBytes = takesBody && Number.isFinite(bodyBytes) ? bodyBytes : 0;
    this.#isDiscarding = bodyBytes > this.#bodyBytes;
  }

  /** Called when the response is complete. */
  end(): void {
    this.#isAnswering = false;
    this.#isMalformed = false;
    this.#previousByte = 0;
    this.#headBytes = 0;
    this.#headLines = 0;
    if (this.#held.length > 0) {
      setImmediate(() => {
        this.#takeHeld();
      });
    }
  }

  /** Processes a chunk once it is this connection's turn, and reads no more until then. */
  #takeInTurn(chunk: Buffer): void {
    const turn = this.#isAnswering ? undefined : this.#takeTurn();
    if (turn === undefined) {
      this.#take(chunk);
      return;
    }
    this.#socket.pause();
    void turn.then(() => {
      this.#socket.resume();
      this.#take(chunk);
    });
  }

  #take(chunk: Buffer): void {
    // The socket was ended by an error response or by the last response on this connection.
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
    this.#takeInTurn(held);
  }

  /**
   * Keeps a copy of bytes that have to wait, since a slice would keep the whole read buffer in memory;
   * refuses the input if there are too many.
   */
  #hold(bytes: Buffer): void {
    if (this.#held.length + bytes.length > MAX_HELD_BYTES) {
      this.#onRefused('queue');
    } else {
      this.#held = Buffer.concat([this.#held, bytes]);
    }
  }

  /** Handles the bytes after a head, in the same chunk or later. */
  #takeRest(bytes: Buffer): void {
    const excess = this.#isAnswering ? this.#passBody(bytes) : bytes;
    if (excess.length === 0 || !this.#socket.writable) {
      return;
    }
    if (this.#isDiscarding) {
      this.#discard(excess.length);
    } else if (!this.#isAnswering) {
      this.#onRefused(this.#headBytes < this.#maxHeadBytes ? 'excess' : 'head');
    } else if (!isLineEnds(excess)) {
      this.#hold(excess);
    }
  }

  /** Passes the bytes of a head to the parser; returns the rest. */
  #passHead(chunk: Buffer): Buffer {
    const part = chunk.subarray(0, this.#maxHeadBytes - this.#headBytes);
    const end = this.#endOfHead(part);
    const head = end === undefined ? part : part.subarray(0, end);
    this.#headBytes += head.length;
    if (head.length > 0) {
      const previousByte = this.#previousByte;
      this.#checkSyntax(head);
      if (this.#headLines > MAX_HEAD_LINES) {
        this.#onRefused('lines');
        return NOTHING;
      }
      this.#parse(this.#isMalformed ? withWholeLineEnds(head, previousByte) : head);
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

  /** Counts discarded bytes; stops reading if the client sends more than is worth discarding. */
  #discard(bytes: number): void {
    this.#discardedBytes += bytes;
    if (this.#discardedBytes > MAX_DISCARDED_BYTES) {
      this.#socket.pause();
    }
  }

  #checkSyntax(head: Buffer): void {
    for (const byte of head) {
      // A lenient parser may treat a lone CR as the end of a line.
      if (byte === CR || (byte === LF && this.#previousByte !== CR)) {
        this.#headLines++;
      }
      this.#isMalformed ||= breaksSyntax(this.#previousByte, byte);
      this.#previousByte = byte;
    }
  }

  /**
   * Returns the index after the empty line that ends a head; undefined if the head continues after the chunk.
   * Line endings before the first line of a head are ignored.
   */
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

/** Returns true if `byte` cannot follow `previous` in a valid head; `previous` is 0 at its start. */
function breaksSyntax(previous: number, byte: number): boolean {
  if (byte === LF || previous === CR) {
    return byte !== LF || previous !== CR;
  }
  if (byte === SPACE || byte === TAB) {
    return previous === LF;
  }
  return (byte < SPACE && byte !== CR) || byte === DEL;
}

/**
 * Returns the head with a CR before each bare LF. Node's lenient parser accepts bare LFs, except right after
 * a request line without header fields: then it never answers.
 *
 * @param previous - last byte before this part of the head
 */
function withWholeLineEnds(head: Buffer, previous: number): Buffer {
  const bytes: number[] = [];
  let before = previous;
  for (const byte of head) {
    if (byte === LF && before !== CR) {
      bytes.push(CR);
    }
    bytes.push(byte);
    before = byte;
  }
  return Buffer.from(bytes);
}

/** Returns the state of a line after more bytes. */
function lineWith(line: Line, chunk: Buffer, from: number, to: number): Line {
  if (from === to) {
    return line;
  }
  return line === 'empty' && to - from === 1 && chunk[from] === CR ? 'cr' : 'text';
}

function isLineEnds(bytes: Buffer): boolean {
  return bytes.length <= 4 && bytes.every((byte) => byte === LF || byte === CR);
}

/**
 * Returns the size of a request's body in bytes, according to its head: 0 without a body, `Infinity` for a
 * body with a transfer coding, which does not announce its size.
 */
export function announcedBodyBytes({ headers }: IncomingMessage): number {
  if (headers['transfer-encoding'] !== undefined) {
    return Infinity;
  }
  return Number(headers['content-length'] ?? 0);
}

/** Returns true if a request names its host exactly once, as HTTP/1.1 requires, or uses HTTP/1.0. */
export function hasOneHost({ httpVersionMinor, headersDistinct }: IncomingMessage): boolean {
  return httpVersionMinor === 0 || headersDistinct['host']?.length === 1;
}
