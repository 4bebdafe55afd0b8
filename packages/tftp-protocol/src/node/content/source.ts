import { type TftpOptions, type TransferMode } from '../../codec/packet.js';
import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';

/** A client's wish to read a file. */
export interface TftpReadRequest {
  /** File name as the client sent it, one character per byte. */
  readonly filename: string;
  readonly mode: TransferMode;
  /** Options as the client sent them, in its order and spelling. */
  readonly options: TftpOptions;
  readonly remote: TftpEndpointAddress;
  /** The address that the client asked; a wildcard address when the socket is bound to one. */
  readonly local: TftpEndpointAddress;
}

/** The bytes of one file, for one transfer. */
export interface TftpSource {
  /** Size in bytes, if known; without it clients get no `tsize`, and GRUB takes the file for empty. */
  readonly size?: number;
  /**
   * The bytes from `offset` on: at least one and at most `length`, and none at the end of the file
   * only. Bytes that are in memory are best returned as they are; a promise costs a turn of the
   * event loop. What was read may be read again and must be the same; it must not be changed after.
   *
   * A rejection or an exception ends the transfer by an ERROR; a {@link TftpError} gives its code.
   */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
  /** Called once, when the transfer is over. */
  close?(): void | Promise<void>;
}

/** A {@link TftpSource} of bytes that are in memory. */
export interface BytesSource {
  /** Size in bytes. */
  readonly size: number;
  /** Returns the bytes from `offset` on, at most `length`. */
  read(offset: number, length: number): Uint8Array;
}

/** Returns a source of bytes that are in memory. They must not be changed while it is in use. */
export function bytesSource(bytes: Uint8Array): BytesSource {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}
