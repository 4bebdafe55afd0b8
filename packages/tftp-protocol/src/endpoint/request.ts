import { WireErrorCode } from '../codec/constants.js';
import { decodeAck, decodePacket } from '../codec/decode.js';
import { parseTransferMode, type RequestPacket, type TransferMode } from '../codec/packet.js';

/** Result of {@link readRequest}. */
export type RequestReading =
  | { readonly type: 'request'; readonly request: RequestPacket; readonly mode: TransferMode }
  | {
      readonly type: 'refused';
      /** Request, if it could be decoded. */
      readonly request: RequestPacket | undefined;
      /** Error code of the answer. */
      readonly code: number;
      /** Reason, for logs. */
      readonly reason: string;
    };

/**
 * Decodes a datagram with the opcode of a request; refuses malformed requests, unknown modes, and writes
 * unless they are accepted.
 */
export function readRequest(datagram: Uint8Array, acceptsWrites: boolean): RequestReading {
  const decoded = decodePacket(datagram);
  if (!decoded.ok) {
    return illegal(decoded.reason);
  }
  const { packet: request } = decoded;
  if (request.type !== 'rrq' && request.type !== 'wrq') {
    return illegal('not a request');
  }
  const mode = parseTransferMode(request.mode);
  if (mode === undefined) {
    const reason = 'unknown transfer mode';
    return { type: 'refused', request, code: WireErrorCode.illegalOperation, reason };
  }
  if (request.type === 'wrq' && !acceptsWrites) {
    // U-Boot retries forever on any code except 1 and 2.
    const reason = 'this server is read-only';
    return { type: 'refused', request, code: WireErrorCode.accessViolation, reason };
  }
  return { type: 'request', request, mode };
}

function illegal(reason: string): RequestReading {
  return { type: 'refused', request: undefined, code: WireErrorCode.illegalOperation, reason };
}

/** Returns true if a datagram has the opcode of a request. */
export function isRequest(datagram: Uint8Array): boolean {
  return datagram[0] === 0 && (datagram[1] === 1 || datagram[1] === 2);
}

/** Returns true if a datagram has the opcode and the block number of an ACK; some clients pad theirs. */
export function isAck(datagram: Uint8Array): boolean {
  return decodeAck(datagram) !== undefined;
}
