import { STATUS_CODES } from 'node:http';
import { type Duplex } from 'node:stream';

import { plainAddress } from '../access/allow-list.js';
import { oncePerMinute } from '../access/minute-log.js';
import { type GateRefusal, MAX_HEAD_LINES } from './request-gate.js';

/** First byte of a TLS handshake record (RFC 8446, section 5.1). */
const TLS_HANDSHAKE = 0x16;
/** Second byte of a TLS record: the major version of the protocol. */
const TLS_MAJOR_VERSION = 0x03;

/** Error of Node's HTTP parser, raised before there is a request. */
type ParserError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer };

const HEAD_TOO_LONG: Rejection = { status: 431, reason: 'the request head is too long' };

/** Rejections for input that a request gate refuses. */
export const GATE_REJECTIONS: Readonly<Record<GateRefusal, Rejection>> = {
  head: HEAD_TOO_LONG,
  lines: { status: 431, reason: `the request head has more than ${MAX_HEAD_LINES} lines` },
  excess: { status: 400, reason: 'not an HTTP/1 request' },
  queue: { status: 429, reason: 'too many requests before the first was answered' },
};

/** Response to input that is not a valid request. */
export interface Rejection {
  readonly status: number;
  /** Reason, for the log. */
  readonly reason: string;
}

/** Socket of a client, which `node:http` declares as a stream. */
type Peer = Duplex & { readonly remoteAddress?: string | undefined };

/** Answers invalid input with a short error, and closes the connection. */
export interface Rejecter {
  reject(socket: Peer, rejection: Rejection): void;
  /** Listener for `clientError` events. */
  readonly onClientError: (error: Error, socket: Duplex) => void;
}

/**
 * Creates a rejecter.
 *
 * @param report - called with the address and the reason, at most once a minute per address
 */
export function createRejecter(report: (address: string, reason: string) => void): Rejecter {
  const reportOnce = oncePerMinute(report);

  function reject(socket: Peer, { status, reason }: Rejection): void {
    reportOnce(plainAddress(socket.remoteAddress ?? ''), reason);
    // In the middle of another response, the error would become part of a file.
    if (!socket.writable || hasAnswerUnderWay(socket)) {
      socket.destroy();
      return;
    }
    const body = `${status} ${STATUS_CODES[status] ?? ''}\n`;
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Length: ${body.length}\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n`;
    socket.end(head + body, () => {
      socket.destroy();
    });
  }

  return {
    reject,
    onClientError(error, socket) {
      const rejection = rejectionOf(error);
      if (rejection === undefined) {
        socket.destroy();
      } else {
        reject(socket, rejection);
      }
    },
  };
}

/** Returns the rejection for a `clientError` event; undefined if the client has left. */
function rejectionOf({ code = '', rawPacket, message }: ParserError): Rejection | undefined {
  switch (code) {
    case 'ECONNRESET':
    case 'EPIPE':
      return undefined;
    case 'HPE_HEADER_OVERFLOW':
      return HEAD_TOO_LONG;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, reason: 'the request did not arrive in time' };
    default:
      if (rawPacket?.[0] === TLS_HANDSHAKE && rawPacket[1] === TLS_MAJOR_VERSION) {
        return { status: 400, reason: 'the client speaks TLS, but this port is plain HTTP' };
      }
      return { status: 400, reason: `not an HTTP request (${code || message})` };
  }
}

/**
 * Returns true while a request on this socket is being answered; Node keeps its response in a property.
 */
function hasAnswerUnderWay(socket: Duplex): boolean {
  const { _httpMessage: answer } = socket as { _httpMessage?: object | null };
  return answer !== undefined && answer !== null;
}
