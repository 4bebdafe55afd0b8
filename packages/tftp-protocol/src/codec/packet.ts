/**
 * One option of a request or an OACK: name and value as they stood on the wire, in the sender's own
 * spelling (RFC 2347).
 */
export type TftpOption = readonly [name: string, value: string];

/** Options in wire order. Names compare without case; the first of equal names counts (RFC 2347). */
export type TftpOptions = readonly TftpOption[];

/** Read request (RFC 1350 §5). */
export interface ReadRequestPacket {
  readonly type: 'rrq';
  /** File name, one character per byte. */
  readonly filename: string;
  /** Transfer mode in the client's spelling; {@link parseTransferMode} reads it. */
  readonly mode: string;
  readonly options: TftpOptions;
}

/** Write request (RFC 1350 §5). */
export interface WriteRequestPacket {
  readonly type: 'wrq';
  /** File name, one character per byte. */
  readonly filename: string;
  /** Transfer mode in the client's spelling; {@link parseTransferMode} reads it. */
  readonly mode: string;
  readonly options: TftpOptions;
}

/** One block of a file (RFC 1350 §5). */
export interface DataPacket {
  readonly type: 'data';
  /** Block number, 0 to 65,535, wrapped. */
  readonly block: number;
  /** The block's bytes: a view into the datagram when decoded, never a copy. */
  readonly data: Uint8Array;
}

/** Acknowledgement of a block, or of an OACK as block 0 (RFC 1350 §5, RFC 2347). */
export interface AckPacket {
  readonly type: 'ack';
  /** Block number, 0 to 65,535, wrapped. */
  readonly block: number;
}

/** Error; ends a transfer (RFC 1350 §7). */
export interface ErrorPacket {
  readonly type: 'error';
  /** Error code, 0 to 65,535; those with a meaning are in `WireErrorCode`. */
  readonly code: number;
  /** Text for people, one character per byte. */
  readonly message: string;
}

/** Option acknowledgement (RFC 2347). */
export interface OptionAckPacket {
  readonly type: 'oack';
  readonly options: TftpOptions;
}

/** A read or a write request. */
export type RequestPacket = ReadRequestPacket | WriteRequestPacket;

/** Any TFTP packet. */
export type TftpPacket = RequestPacket | DataPacket | AckPacket | ErrorPacket | OptionAckPacket;

/** How a file's bytes travel: unchanged, or as lines of text (RFC 1350 §1). */
export type TransferMode = 'octet' | 'netascii';

/**
 * The transfer mode that a request names, in any case (RFC 1350 §5).
 *
 * @returns undefined for every other name, the obsolete `mail` included
 */
export function parseTransferMode(mode: string): TransferMode | undefined {
  const lower = mode.toLowerCase();
  return lower === 'octet' || lower === 'netascii' ? lower : undefined;
}

/** The value of the first option called `name`, in any case. */
export function findOption(options: TftpOptions, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return options.find(([candidate]) => candidate.toLowerCase() === wanted)?.[1];
}
