/** Layout of the fixed fields (RFC 2131 §2), shared by the decoder and the encoder. */

/** Size of `chaddr` in bytes. */
export const MAX_HARDWARE_ADDRESS_BYTES = 16;

/** Offset of `chaddr`. */
export const HARDWARE_ADDRESS_OFFSET = 28;

/** Offset of `sname`. */
export const SERVER_NAME_OFFSET = 44;

/** Size of `sname` in bytes. */
export const SERVER_NAME_BYTES = 64;

/** Offset of `file`. */
export const FILE_OFFSET = 108;

/** Size of `file` in bytes. */
export const FILE_BYTES = 128;

/** Magic cookie: the four bytes before the options (RFC 2131 §3). */
export const MAGIC_COOKIE = 0x63_82_53_63;

/** Bits of the overload option: fields that hold options (RFC 2132 §9.3). */
export const Overload = { file: 1, serverName: 2 } as const;
