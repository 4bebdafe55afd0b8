/**
 * Operation codes: the first two bytes of every TFTP packet.
 *
 * @see RFC 1350 §5, RFC 2347 (OACK)
 */
export const Opcode = {
  rrq: 1,
  wrq: 2,
  data: 3,
  ack: 4,
  error: 5,
  oack: 6,
} as const;

/**
 * Standard codes of ERROR packets (RFC 1350 §5, Appendix; RFC 2347 for 8). Peers may send any 16-bit
 * number, and firmware does.
 */
export const WireErrorCode = {
  notDefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  diskFull: 3,
  illegalOperation: 4,
  unknownTransferId: 5,
  fileExists: 6,
  noSuchUser: 7,
  optionNegotiation: 8,
} as const;

/** Default port of a TFTP server (RFC 1350 §4). */
export const TFTP_PORT = 69;

/** Payload of a full DATA packet in bytes, unless a `blksize` is agreed on (RFC 1350 §2). */
export const DEFAULT_BLKSIZE = 512;

/** Smallest `blksize` in bytes (RFC 2348). */
export const MIN_BLKSIZE = 8;

/** Largest `blksize` in bytes (RFC 2348). */
export const MAX_BLKSIZE = 65_464;

/** Largest `windowsize` in blocks (RFC 7440 §3). */
export const MAX_WINDOWSIZE = 65_535;

/** Largest OACK or ERROR packet that this library writes, in bytes: the limit that RFC 2347 sets for requests. */
export const MAX_CONTROL_BYTES = 512;

/**
 * Longest request that is decoded or encoded, in bytes. RFC 2347 allows 512, but clients with long file names
 * send longer ones.
 */
export const MAX_REQUEST_BYTES = 2_048;

/** Size of the header of a DATA packet in bytes: opcode and block number (RFC 1350 §5). */
export const DATA_HEADER_BYTES = 4;
