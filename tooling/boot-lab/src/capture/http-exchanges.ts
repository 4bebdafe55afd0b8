import { type CapturedPacket } from './captured-packet.js';

/** A request and its response, as the packet capture shows them. */
export interface CapturedExchange {
  readonly method: string;
  /** Request target, as sent by the client. */
  readonly path: string;
  readonly userAgent: string | undefined;
  readonly status: number;
  /** Bytes of the response body seen on the wire, each byte once. */
  readonly body: Uint8Array;
  /** False if the connection ended before the announced length. */
  readonly complete: boolean;
}

interface MessageHead {
  readonly startLine: string;
  readonly headers: ReadonlyMap<string, string>;
  /** Offset of the body. */
  readonly end: number;
}

const HEAD_END = '\r\n\r\n';

/**
 * Returns all HTTP exchanges with a port of the server (RFC 9112), connection by connection.
 * Responses end by `Content-Length` or with the connection: boot clients do not support chunked
 * encoding.
 */
export function readHttpExchanges(
  capture: readonly CapturedPacket[],
  port: number,
): CapturedExchange[] {
  const packets = capture.filter(
    ({ tcp, source, destination }) =>
      tcp !== undefined && (source.port === port || destination.port === port),
  );
  return [...new Set(packets.map(({ tcp }) => tcp?.stream))].flatMap((stream) => [
    ...exchangesOf(
      packets.filter(({ tcp }) => tcp?.stream === stream),
      port,
    ),
  ]);
}

function* exchangesOf(
  packets: readonly CapturedPacket[],
  port: number,
): Generator<CapturedExchange> {
  const requests = bytesOf(packets.filter(({ destination }) => destination.port === port));
  const answers = bytesOf(packets.filter(({ source }) => source.port === port));
  let requestAt = 0;
  let answerAt = 0;
  for (;;) {
    const request = readHead(requests, requestAt);
    const answer = readHead(answers, answerAt);
    if (request === undefined || answer === undefined) {
      return;
    }
    const [method = '', path = ''] = request.startLine.split(' ');
    const status = Number(answer.startLine.split(' ')[1]);
    const available = answers.length - answer.end;
    const announced = announcedLength(method, status, answer);
    const bodyBytes = Math.min(announced ?? available, available);
    yield {
      method,
      path,
      userAgent: request.headers.get('user-agent'),
      status,
      body: answers.subarray(answer.end, answer.end + bodyBytes),
      complete: announced === undefined || bodyBytes === announced,
    };
    requestAt = request.end;
    answerAt = answer.end + bodyBytes;
  }
}

/**
 * Joins the segments of one side in order, each byte once, up to the first gap: retransmitted and
 * reordered segments are resolved.
 */
function bytesOf(packets: readonly CapturedPacket[]): Buffer {
  const segments = packets
    .map(({ tcp, payload }) => ({ offset: (tcp?.sequence ?? 0) - 1, payload }))
    .sort((one, other) => one.offset - other.offset);
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const { offset, payload } of segments) {
    if (payload.length === 0) {
      continue;
    }
    if (offset > length) {
      break;
    }
    const unseen = payload.subarray(length - offset);
    parts.push(unseen);
    length += unseen.length;
  }
  return Buffer.concat(parts);
}

/** Returns the length announced by the head; undefined if the body ends with the connection. */
function announcedLength(method: string, status: number, head: MessageHead): number | undefined {
  // RFC 9112 section 6.3: these have no body, whatever their headers say.
  if (method === 'HEAD' || status === 204 || status === 304) {
    return 0;
  }
  const length = head.headers.get('content-length');
  return length === undefined ? undefined : Number(length);
}

function readHead(stream: Buffer, start: number): MessageHead | undefined {
  const end = stream.indexOf(HEAD_END, start);
  if (end < 0) {
    return undefined;
  }
  const [startLine = '', ...lines] = stream.toString('latin1', start, end).split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { startLine, headers: new Map(headers), end: end + HEAD_END.length };
}
