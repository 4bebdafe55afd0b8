import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';

/** A datagram to send; its payload is `head` followed by `body`. */
export interface DatagramToSend {
  readonly remote: TftpEndpointAddress;
  readonly head: Uint8Array;
  readonly body?: Uint8Array;
}

/** A datagram that came in. Its bytes belong to the receiver of the call. */
export interface ReceivedDatagram {
  readonly remote: TftpEndpointAddress;
  readonly payload: Uint8Array;
}

/** What a {@link DatagramTransport} tells its owner. */
export interface DatagramHandler {
  /** Datagrams came in. */
  received(batch: readonly ReceivedDatagram[]): void;
  /**
   * The system reported an error while datagrams were received. The socket stays open, since most
   * such errors pass (`ENOBUFS`, `ENOMEM`); its owner may close it.
   */
  failed(error: Error): void;
  /**
   * The kernel took nothing more from the socket, and another one has its place. What came in and was
   * not read at that moment is lost.
   */
  replaced?(): void;
}

/**
 * One bound UDP socket. Its calls take and give batches, so that a transport that moves many
 * datagrams with one system call can stand in for `node:dgram`.
 */
export interface DatagramTransport {
  /** Where the socket is bound. */
  readonly local: TftpEndpointAddress;
  /**
   * Sends datagrams. What cannot be sent is lost, as it may be on any network; the bytes handed
   * over are not touched after the call unless the socket holds them until they are sent.
   */
  send(batch: readonly DatagramToSend[]): void;
  /** Lets the process end although the socket is open. */
  unref(): void;
  /** Closes the socket; nothing is received from then on. */
  close(): Promise<void>;
}
