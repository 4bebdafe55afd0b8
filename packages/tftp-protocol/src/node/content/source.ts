import { type TftpOptions, type TransferMode } from '../../codec/packet.js';
import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';

/** Read request from a client. */
export interface TftpReadRequest {
  /** File name as sent by the client, one character per byte. */
  readonly filename: string;
  readonly mode: TransferMode;
  /** Options as sent by the client, in its order and spelling. */
  readonly options: TftpOptions;
  readonly remote: TftpEndpointAddress;
  /** Listening address that answers the request; a wildcard address if the socket is bound to one. */
  readonly local: TftpEndpointAddress;
}

/** Content of one file for one transfer. */
export interface TftpSource {
  /** Size in bytes, if known; without it clients get no `tsize`, and GRUB treats the file as empty. */
  readonly size?: number;
  /**
   * Returns bytes from `offset`: at least one and at most `length`, or none at the end of the file. Bytes in
   * memory should be returned directly, since a promise costs a turn of the event loop. The same range may be
   * read again, and must then have the same content. The returned bytes must not be modified.
   *
   * A rejection or an exception ends the transfer with an ERROR; a {@link TftpError} sets its code.
   */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
  /** Called once, at the end of the transfer. */
  close?(): void | Promise<void>;
}

/** {@link TftpSource} of bytes in memory. */
export interface BytesSource {
  /** Size in bytes. */
  readonly size: number;
  /** Returns at most `length` bytes from `offset`. */
  read(offset: number, length: number): Uint8Array;
}

/** Returns a source for bytes in memory, which must not change while the source is in use. */
export function bytesSource(bytes: Uint8Array): BytesSource {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}
