import { type TftpOptions, type TransferMode } from '../../codec/packet.js';
import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';

/** Write request from a client. */
export interface TftpWriteRequest {
  /** File name as sent by the client, one character per byte. */
  readonly filename: string;
  readonly mode: TransferMode;
  /** Options as sent by the client, in its order and spelling. */
  readonly options: TftpOptions;
  /** Size announced by the client with `tsize`, in bytes; not enforced. */
  readonly announcedBytes?: number;
  readonly remote: TftpEndpointAddress;
  /** Listening address that answers the request; a wildcard address if the socket is bound to one. */
  readonly local: TftpEndpointAddress;
}

/** Destination for the bytes of one file from one transfer. */
export interface TftpSink {
  /**
   * Writes the next bytes; the sink may keep them. While a promise is pending, the client is kept waiting and
   * no method other than `abort` is called. A rejection or an exception ends the transfer with an ERROR; a
   * {@link TftpError} sets its code.
   */
  write(bytes: Uint8Array): void | Promise<void>;
  /**
   * Called when the file is complete. The client gets its last acknowledgement afterwards, and may read
   * the file back immediately.
   */
  close(): void | Promise<void>;
  /** Called if the transfer ended early or the sink failed; should remove what was written. */
  abort?(): void | Promise<void>;
}
