import { type DropReason } from '../../endpoint/admission.js';
import { type EvictingLimit } from '../../endpoint/endpoint-events.js';
import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';

/**
 * Outcome of a transfer.
 *
 * - `completed`: the whole file was transferred
 * - `aborted`: the client ended it (as firmware does once it knows the size of a file), sent a new request,
 *   or violated the protocol; or the server was closed, the transfer's own socket failed, or the transfer was
 *   evicted although its client was not silent
 * - `timedOut`: the client fell silent, whether or not the transfer was evicted for that reason
 * - `failed`: the source or sink failed or was not opened in time, the client reported an error, or an
 *   unexpected error occurred
 */
export type TransferOutcome = 'completed' | 'aborted' | 'timedOut' | 'failed';

/** Event: a transfer has ended. */
export interface TransferFinishedEvent {
  readonly type: 'transferFinished';
  /** Direction, from the client's point of view. */
  readonly direction: 'read' | 'write';
  /** File name as sent by the client; escape it before logging. */
  readonly filename: string;
  readonly remote: TftpEndpointAddress;
  readonly local: TftpEndpointAddress;
  readonly outcome: TransferOutcome;
  /** True if the client never acknowledged the last block of a completed transfer. */
  readonly finalAckMissing: boolean;
  /** Size of the file in bytes, if known: from the source, or announced by the writer. */
  readonly size?: number;
  /** Payload bytes sent, repetitions included. */
  readonly bytesSent: number;
  /** Payload bytes acknowledged by the client. */
  readonly bytesAcknowledged: number;
  readonly blocksRetransmitted: number;
  /** Payload bytes received by a write request. */
  readonly bytesReceived: number;
  /** Agreed block size, in bytes. */
  readonly blksize: number;
  /** Agreed window, in blocks. */
  readonly windowsize: number;
  /** Time from the request to the end, in milliseconds. */
  readonly durationMs: number;
  /** Reason for an early end. */
  readonly error?: {
    readonly by: 'peer' | 'local';
    /** Error code on the wire; 0 if none was sent. */
    readonly code: number;
    /** Text that may come from the peer; escape it before logging. */
    readonly message: string;
    /** Error thrown by the source or sink, or unexpected error. */
    readonly cause?: unknown;
  };
}

/** Event: a request was accepted and is about to be answered. The address of its sender may be forged. */
export interface TransferStartedEvent {
  readonly type: 'transferStarted';
  /** Direction, from the client's point of view. */
  readonly direction: 'read' | 'write';
  /** File name as sent by the client; escape it before logging. */
  readonly filename: string;
  readonly remote: TftpEndpointAddress;
  readonly local: TftpEndpointAddress;
  /** Size of the file in bytes, if known: from the source, or announced by the writer. */
  readonly size?: number;
}

/** Event: a transfer made progress since the last event of this kind. */
export interface TransferProgressEvent {
  readonly type: 'transferProgress';
  /** Direction, from the client's point of view. */
  readonly direction: 'read' | 'write';
  /** File name as sent by the client; escape it before logging. */
  readonly filename: string;
  readonly remote: TftpEndpointAddress;
  readonly local: TftpEndpointAddress;
  /** Size of the file in bytes, if known: from the source, or announced by the writer. */
  readonly size?: number;
  /** Payload bytes acknowledged by a reader, or sent by a writer. */
  readonly bytes: number;
}

/** Event of a server. */
export type TftpServerEvent =
  | TransferStartedEvent
  | TransferProgressEvent
  | TransferFinishedEvent
  | {
      /**
       * A reader has acknowledged everything, except perhaps the last block, which was sent. Emitted at most
       * once per transfer, before its `transferFinished`, which follows half a minute later for the many boot
       * ROMs that run the file immediately and never acknowledge its last block.
       */
      readonly type: 'transferDelivered';
      /** File name as sent by the client; escape it before logging. */
      readonly filename: string;
      readonly remote: TftpEndpointAddress;
      readonly local: TftpEndpointAddress;
    }
  | {
      /** A request was refused with an ERROR, which is sent only within the source's budget. */
      readonly type: 'requestRefused';
      /** File name as sent by the client; absent if the request was malformed. */
      readonly filename?: string;
      readonly remote: TftpEndpointAddress;
      readonly local: TftpEndpointAddress;
      /** Error code on the wire. */
      readonly code: number;
      /**
       * Reason, for logs; the client gets the `peerMessage` of the cause or the standard text of the code.
       */
      readonly message: string;
      /** Error thrown by the source or sink. */
      readonly cause?: unknown;
    }
  | {
      /**
       * Requests were dropped without an answer, for the given reason; at most one event per second and
       * reason.
       */
      readonly type: 'requestDropped';
      readonly remote: TftpEndpointAddress;
      readonly local: TftpEndpointAddress;
      readonly reason: DropReason;
      /**
       * Number of requests dropped since the last event with this reason; `remote` and `local` are those of
       * the latest one.
       */
      readonly count: number;
    }
  | {
      /** Transfers were evicted for others, silent ones first; at most one event per second and limit. */
      readonly type: 'transfersEvicted';
      readonly limit: EvictingLimit;
      /** Number of transfers evicted since the last event for this limit. */
      readonly count: number;
    }
  /** An address that is not allowed sent a request; at most one event per minute and address. */
  | { readonly type: 'sourceDenied'; readonly address: string }
  | {
      /**
       * A client acknowledged the options of a request but never its first large block: a link on the
       * path has a smaller MTU, and the ICMP messages about it are dropped. For an hour, the client
       * gets blocks of at most `maxBlockSize`.
       */
      readonly type: 'largeBlocksLost';
      /** File name as sent by the client; escape it before logging. */
      readonly filename: string;
      readonly remote: TftpEndpointAddress;
      readonly local: TftpEndpointAddress;
      /** Size of the blocks that did not arrive, in bytes. */
      readonly blksize: number;
      /** Maximum block size from now on, in bytes. */
      readonly maxBlockSize: number;
    }
  /** A socket was bound: at the start, or for a new address of the host. */
  | { readonly type: 'listening'; readonly local: TftpEndpointAddress }
  /**
   * A socket was closed: the host no longer has its address, the socket kept failing, or the server is
   * closing.
   */
  | { readonly type: 'stoppedListening'; readonly local: TftpEndpointAddress }
  | {
      /**
       * A listening socket was replaced because the kernel accepted no more datagrams from it: those to
       * absent hosts fill the buffer of a socket until ARP fails. Usually caused by requests with forged
       * source addresses of absent hosts. At most 40 events per second and socket.
       */
      readonly type: 'socketReplaced';
      readonly local: TftpEndpointAddress;
    }
  | {
      /**
       * An unexpected error in `allow`, `onEvent`, a source, a sink or this package. It affected one
       * datagram, one event or one transfer, which ends as `failed`.
       */
      readonly type: 'unexpectedError';
      readonly error: unknown;
      /** Number of errors since the last event. */
      readonly count: number;
    }
  /** A source or sink could not be closed. */
  | { readonly type: 'sourceError'; readonly error: unknown }
  | {
      /**
       * The addresses of the host cannot be listed, for example for lack of file descriptors. The server
       * keeps its addresses and tries again; emitted only once until listing works again.
       */
      readonly type: 'addressScanFailed';
      readonly error: unknown;
    }
  | {
      /**
       * A socket reported an error (emitted once until datagrams arrive again) or could not be bound.
       * The server tries again; a transfer that needed the socket is answered from the listening port,
       * or dropped if `singlePort` is false.
       */
      readonly type: 'socketError';
      readonly address: string;
      readonly port: number;
      readonly error: Error;
    };
