/**
 * Option of a request or an OACK: name and value in the sender's spelling (RFC 2347).
 */
export type TftpOption = readonly [name: string, value: string];

/**
 * Options in wire order. Names are case-insensitive; if a name is repeated, its first value counts (RFC
 * 2347).
 */
export type TftpOptions = readonly TftpOption[];

/** Read request (RFC 1350 §5). */
export interface ReadRequestPacket {
  readonly type: 'rrq';
  /** File name, one character per byte. */
  readonly filename: string;
  /** Transfer mode in the client's spelling; see {@link parseTransferMode}. */
  readonly mode: string;
  readonly options: TftpOptions;
}

/** Write request (RFC 1350 §5). */
export interface WriteRequestPacket {
  readonly type: 'wrq';
  /** File name, one character per byte. */
  readonly filename: string;
  /** Transfer mode in the client's spelling; see {@link parseTransferMode}. */
  readonly mode: string;
  readonly options: TftpOptions;
}

/** One block of a file (RFC 1350 §5). */
export interface DataPacket {
  readonly type: 'data';
  /** Block number on the wire, 0 to 65,535. */
  readonly block: number;
  /** Payload of the block; a view into the datagram if it was decoded. */
  readonly data: Uint8Array;
}

/** Acknowledgement of a block, or with block 0 of a write request or an OACK (RFC 1350 §5, RFC 2347). */
export interface AckPacket {
  readonly type: 'ack';
  /** Block number on the wire, 0 to 65,535. */
  readonly block: number;
}

/** Error packet; ends a transfer (RFC 1350 §7). */
export interface ErrorPacket {
  readonly type: 'error';
  /** Error code, 0 to 65,535; `WireErrorCode` lists the standard ones. */
  readonly code: number;
  /** Human-readable text, one character per byte. */
  readonly message: string;
}

/** Option acknowledgement (RFC 2347). */
export interface OptionAckPacket {
  readonly type: 'oack';
  readonly options: TftpOptions;
}

/** Read or write request. */
export type RequestPacket = ReadRequestPacket | WriteRequestPacket;

/** Any TFTP packet. */
export type TftpPacket = RequestPacket | DataPacket | AckPacket | ErrorPacket | OptionAckPacket;

/** Encoding of a file on the wire: unchanged, or as lines of text (RFC 1350 §1). */
export type TransferMode = 'octet' | 'netascii';

/**
 * Parses the transfer mode of a request, ignoring case (RFC 1350 §5).
 *
 * @returns undefined for any other name, including the obsolete `mail`
 */
export function parseTransferMode(mode: string): TransferMode | undefined {
  const lower = mode.toLowerCase();
  return lower === 'octet' || lower === 'netascii' ? lower : undefined;
}

/** Returns the value of the first option called `name`, ignoring case. */
export function findOption(options: TftpOptions, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return options.find(([candidate]) => candidate.toLowerCase() === wanted)?.[1];
}
