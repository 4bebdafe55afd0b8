import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';

/** Datagram to send; its payload is `head` followed by `body`. */
export interface DatagramToSend {
  readonly remote: TftpEndpointAddress;
  readonly head: Uint8Array;
  readonly body?: Uint8Array;
}

/** Received datagram. The handler may keep its bytes. */
export interface ReceivedDatagram {
  readonly remote: TftpEndpointAddress;
  readonly payload: Uint8Array;
}

/** Callbacks of a {@link DatagramTransport}. */
export interface DatagramHandler {
  /** Called with received datagrams. */
  received(batch: readonly ReceivedDatagram[]): void;
  /**
   * Called when receiving fails with a system error. The socket stays open, since most such errors are
   * temporary (`ENOBUFS`, `ENOMEM`); its owner may close it.
   */
  failed(error: Error): void;
  /**
   * Called once the socket was replaced because the kernel accepted nothing more from it. Unread
   * datagrams of the old socket are lost.
   */
  replaced?(): void;
}

/**
 * Bound UDP socket. It sends and receives batches, so that a transport that moves many datagrams per
 * system call can replace `node:dgram`.
 */
export interface DatagramTransport {
  /** Bound address. */
  readonly local: TftpEndpointAddress;
  /**
   * Sends datagrams. Those that cannot be sent are lost, as on any network. The bytes are not accessed after
   * the call, unless the socket has to queue them.
   */
  send(batch: readonly DatagramToSend[]): void;
  /** Lets the process exit while the socket is open. */
  unref(): void;
  /** Closes the socket; no more datagrams are received. */
  close(): Promise<void>;
}
