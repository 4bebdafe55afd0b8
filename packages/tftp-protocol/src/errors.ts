import { WireErrorCode } from './codec/constants.js';

/**
 * Code of a {@link TftpError}; match on this, never on the message.
 *
 * - `ERR_TFTP_REFUSED`: thrown by sources and sinks to answer a request with an ERROR packet
 * - `ERR_TFTP_REMOTE`: the peer ended the transfer with an ERROR packet
 * - `ERR_TFTP_UNREACHABLE`: the host name has no address, the system cannot send to the server, or ICMP
 *   reports it unreachable
 * - `ERR_TFTP_TIMEOUT`: the peer does not answer
 * - `ERR_TFTP_ABORTED`: this side ended the transfer
 * - `ERR_TFTP_NEGOTIATION`: the peer's OACK does not match the request (RFC 2347)
 * - `ERR_TFTP_PROTOCOL`: the peer violated the protocol, or the size of a file differs from the announced one
 * - `ERR_TFTP_LISTEN`: a UDP port cannot be bound
 * - `ERR_TFTP_DIRECTORY`: the path given to `directorySource` or `directorySink` is not a directory
 */
export type TftpErrorCode =
  | 'ERR_TFTP_REFUSED'
  | 'ERR_TFTP_REMOTE'
  | 'ERR_TFTP_UNREACHABLE'
  | 'ERR_TFTP_TIMEOUT'
  | 'ERR_TFTP_ABORTED'
  | 'ERR_TFTP_NEGOTIATION'
  | 'ERR_TFTP_PROTOCOL'
  | 'ERR_TFTP_LISTEN'
  | 'ERR_TFTP_DIRECTORY';

/** Options of a {@link TftpError}. */
export interface TftpErrorOptions extends ErrorOptions {
  /** @default 'ERR_TFTP_REFUSED' */
  readonly code?: TftpErrorCode;
  /**
   * Error code on the wire: the one received, or the one to send.
   *
   * @default 0 (not defined)
   */
  readonly wireCode?: number;
  /**
   * Text for the peer, printable ASCII of at most 126 characters; firmware shows it on its screen.
   *
   * @default the standard text of `wireCode`
   */
  readonly peerMessage?: string;
}

/** Maximum length of a text for the peer, in characters: UEFI keeps 127 bytes including the final zero. */
const MAX_PEER_MESSAGE = 126;

/**
 * Base class of this package's errors, except for the `RangeError` and `TypeError` of invalid options. When a
 * source or sink throws one, the client gets its `wireCode` with its `peerMessage` or the standard text of
 * that code; the message is not sent.
 */
export class TftpError extends Error {
  override readonly name: string = 'TftpError';
  /** Error code; see {@link TftpErrorCode}. */
  readonly code: TftpErrorCode;
  /** Error code on the wire, 0 to 65,535 (`WireErrorCode`). */
  readonly wireCode: number;
  /** Text for the peer; undefined for the standard text of the code. */
  readonly peerMessage: string | undefined;

  /**
   * @throws RangeError when `wireCode` is not an unsigned 16-bit integer, or `peerMessage` is not 1 to 126
   * characters of printable ASCII
   */
  constructor(message: string, options: TftpErrorOptions = {}) {
    super(message, options);
    this.code = options.code ?? 'ERR_TFTP_REFUSED';
    this.wireCode = options.wireCode ?? WireErrorCode.notDefined;
    if (!Number.isInteger(this.wireCode) || this.wireCode < 0 || this.wireCode > 0xffff) {
      throw new RangeError(`wireCode must be an integer from 0 to 65535, got ${this.wireCode}`);
    }
    const { peerMessage } = options;
    this.peerMessage = peerMessage;
    if (peerMessage !== undefined && !PEER_MESSAGE.test(peerMessage)) {
      throw new RangeError(
        `peerMessage must be 1 to ${MAX_PEER_MESSAGE} characters of printable ASCII`,
      );
    }
  }
}

const PEER_MESSAGE = new RegExp(String.raw`^[\x20-\x7e]{1,${MAX_PEER_MESSAGE}}$`);

const WIRE_MESSAGES: readonly string[] = [
  'Transfer failed',
  'File not found',
  'Access violation',
  'Disk full or allocation exceeded',
  'Illegal TFTP operation',
  'Unknown transfer ID',
  'File already exists',
  'No such user',
  'Option negotiation failed',
];

/**
 * Returns the standard text of an error code: after RFC 1350 (Appendix I) for 1 to 7, own texts for 0 and 8, and
 * `Error` for any other code. Clients get this text instead of the message of an error, unless the error has a
 * `peerMessage`, so that no path or cause is disclosed.
 */
export function wireMessage(code: number): string {
  return WIRE_MESSAGES[code] ?? 'Error';
}
