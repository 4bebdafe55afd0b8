import { STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';

import { plainAddress } from '../access/allow-list.js';
import { oncePerMinute } from '../access/minute-log.js';

/** First bytes of a TLS handshake record (RFC 8446, section 5.1). */
const TLS_HANDSHAKE = 0x16;
const TLS_MAJOR_VERSION = 0x03;

/** What Node's parser found wrong before there was a request. */
type ParserError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer };

/**
 * Answers requests that cannot be read with a short error, and logs the reason once a minute for an
 * address.
 *
 * @param report - called with the address and what is wrong, in words
 */
export function createClientErrorHandler(
  report: (address: string, reason: string) => void,
): (error: Error, socket: Socket) => void {
  const reportOnce = oncePerMinute(report);
  return (error: ParserError, socket) => {
    const address = plainAddress(socket.remoteAddress ?? '');
    // The client left: nobody is there to be answered.
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || !socket.writable) {
      socket.destroy();
      return;
    }
    const { status, reason } = diagnosis(error);
    reportOnce(address, reason);
    // In the middle of another answer, an error would become part of a file.
    if (hasAnswerUnderWay(socket)) {
      socket.destroy();
      return;
    }
    const body = `${status} ${STATUS_CODES[status] ?? ''}\n`;
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Length: ${body.length}\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n`;
    socket.end(head + body, () => {
      socket.destroy();
    });
  };
}

function diagnosis({ code = '', rawPacket, message }: ParserError): {
  readonly status: number;
  readonly reason: string;
} {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, reason: 'the request head is too long' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, reason: 'the request did not arrive in time' };
    default:
      if (rawPacket?.[0] === TLS_HANDSHAKE && rawPacket[1] === TLS_MAJOR_VERSION) {
        return { status: 400, reason: 'the client speaks TLS, but this port is plain HTTP' };
      }
      return { status: 400, reason: `not an HTTP request (${code || message})` };
  }
}

/** Node keeps the answer that a socket is busy with in a property of its own. */
function hasAnswerUnderWay(socket: Socket): boolean {
  const { _httpMessage: answer } = socket as { _httpMessage?: { headersSent: boolean } | null };
  return answer?.headersSent === true;
}
