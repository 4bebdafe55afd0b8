import { WireErrorCode } from '../codec/constants.js';
import { decodePacket } from '../codec/decode.js';
import { parseTransferMode, type RequestPacket, type TransferMode } from '../codec/packet.js';

/** What a datagram to a listening port amounts to. */
export type RequestReading =
  | { readonly type: 'request'; readonly request: RequestPacket; readonly mode: TransferMode }
  | {
      readonly type: 'refused';
      /** The request, if it could be read. */
      readonly request: RequestPacket | undefined;
      /** Error code to answer by. */
      readonly code: number;
      /** Why, for this side's log. */
      readonly reason: string;
    }
  /** Not a request. An answer would serve no one, and two servers could go on answering. */
  | { readonly type: 'none' };

/** Reads a datagram to a listening port. */
export function readRequest(datagram: Uint8Array, acceptsWrites: boolean): RequestReading {
  const decoded = decodePacket(datagram);
  if (!decoded.ok) {
    const { reason } = decoded;
    return reason === 'truncated' || reason === 'unknownOpcode'
      ? { type: 'none' }
      : { type: 'refused', request: undefined, code: WireErrorCode.illegalOperation, reason };
  }
  const { packet: request } = decoded;
  if (request.type !== 'rrq' && request.type !== 'wrq') {
    return { type: 'none' };
  }
  const mode = parseTransferMode(request.mode);
  if (mode === undefined) {
    const reason = 'unknown transfer mode';
    return { type: 'refused', request, code: WireErrorCode.illegalOperation, reason };
  }
  if (request.type === 'wrq' && !acceptsWrites) {
    // U-Boot starts over for ever on any code but 1 and 2.
    const reason = 'this server is read-only';
    return { type: 'refused', request, code: WireErrorCode.accessViolation, reason };
  }
  return { type: 'request', request, mode };
}

/** Whether a datagram has the opcode of a request. */
export function isRequest(datagram: Uint8Array): boolean {
  return datagram[0] === 0 && (datagram[1] === 1 || datagram[1] === 2);
}

/** Whether a datagram has the opcode of an error, which is never answered. */
export function isError(datagram: Uint8Array): boolean {
  return datagram[0] === 0 && datagram[1] === 5;
}
