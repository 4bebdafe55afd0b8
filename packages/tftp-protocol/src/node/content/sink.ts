import { type TftpOptions, type TransferMode } from '../../codec/packet.js';
import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';

/** A client's wish to write a file. */
export interface TftpWriteRequest {
  /** File name as the client sent it, one character per byte. */
  readonly filename: string;
  readonly mode: TransferMode;
  /** Options as the client sent them, in its order and spelling. */
  readonly options: TftpOptions;
  /** Bytes that the client announced by `tsize`; nothing holds it to them. */
  readonly announcedBytes?: number;
  readonly remote: TftpEndpointAddress;
  /** The address that the client asked; a wildcard address when the socket is bound to one. */
  readonly local: TftpEndpointAddress;
}

/** Takes the bytes of one file, from one transfer. */
export interface TftpSink {
  /**
   * Takes the next bytes; they are the sink's to keep. While a promise is pending the client is kept
   * waiting, and no other call comes. A rejection or an exception ends the transfer by an ERROR; a
   * {@link TftpError} gives its code.
   */
  write(bytes: Uint8Array): void | Promise<void>;
  /**
   * The file is whole: put it in its place. The client learns that it has arrived when this is done,
   * and may read it back at once.
   */
  close(): void | Promise<void>;
  /** The transfer ended early: remove what was written. */
  abort?(): void | Promise<void>;
}
