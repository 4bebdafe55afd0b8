import { type DropReason } from '../../endpoint/admission.js';
import { type EvictingLimit } from '../../endpoint/endpoint-events.js';
import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';

/**
 * How a transfer ended.
 *
 * - `completed`: the whole file went over
 * - `aborted`: the client ended it, as firmware does once it knows a file's size, or asked anew; or
 *   the server was closed
 * - `timedOut`: the client fell silent
 * - `failed`: the source could not be read, or the client reported an error
 */
export type TransferOutcome = 'completed' | 'aborted' | 'timedOut' | 'failed';

/** A transfer is over. */
export interface TransferFinishedEvent {
  readonly type: 'transferFinished';
  /** Whether the client asked to read or to write. */
  readonly direction: 'read' | 'write';
  /** As the client sent it: escape it before it goes to a log. */
  readonly filename: string;
  readonly remote: TftpEndpointAddress;
  readonly local: TftpEndpointAddress;
  readonly outcome: TransferOutcome;
  /** Completed, but the client never acknowledged the last block. */
  readonly finalAckMissing: boolean;
  /** Size of the file in bytes, if it was known: the source's, or what a writer announced. */
  readonly size?: number;
  /** Payload bytes sent, repetitions included. */
  readonly bytesSent: number;
  /** Payload bytes that the client acknowledged. */
  readonly bytesAcknowledged: number;
  readonly blocksRetransmitted: number;
  /** Payload bytes received, by a write request. */
  readonly bytesReceived: number;
  /** Block size that was agreed upon, in bytes. */
  readonly blksize: number;
  /** Window that was agreed upon, in blocks. */
  readonly windowsize: number;
  /** Time from the request to the end, in milliseconds. */
  readonly durationMs: number;
  /** Why it ended early. */
  readonly error?: {
    readonly by: 'peer' | 'local';
    /** Error code on the wire; 0 where none was sent. */
    readonly code: number;
    /** For a log once it is escaped: a peer may have written it. */
    readonly message: string;
    /** What a source threw. */
    readonly cause?: unknown;
  };
}

/** A request was accepted, and its first answer goes out. Its sender's address may be forged. */
export interface TransferStartedEvent {
  readonly type: 'transferStarted';
  /** Whether the client asked to read or to write. */
  readonly direction: 'read' | 'write';
  /** As the client sent it: escape it before it goes to a log. */
  readonly filename: string;
  readonly remote: TftpEndpointAddress;
  readonly local: TftpEndpointAddress;
  /** Size of the file in bytes, if it is known: the source's, or what a writer announced. */
  readonly size?: number;
}

/** A transfer has moved on since the last event of this kind. */
export interface TransferProgressEvent {
  readonly type: 'transferProgress';
  /** Whether the client asked to read or to write. */
  readonly direction: 'read' | 'write';
  /** As the client sent it: escape it before it goes to a log. */
  readonly filename: string;
  readonly remote: TftpEndpointAddress;
  readonly local: TftpEndpointAddress;
  /** Size of the file in bytes, if it is known: the source's, or what a writer announced. */
  readonly size?: number;
  /** Payload bytes that the client acknowledged, or that a writer sent. */
  readonly bytes: number;
}

/** Something that happened on a server. */
export type TftpServerEvent =
  | TransferStartedEvent
  | TransferProgressEvent
  | TransferFinishedEvent
  | {
      /**
       * A client that reads has acknowledged data, and every block but the last, which was sent; or
       * that one, too. Reported once for each transfer, before its `transferFinished`, which comes
       * half a minute later for the many boot ROMs that never acknowledge the last block: they run
       * what they got at once.
       */
      readonly type: 'transferDelivered';
      /** As the client sent it: escape it before it goes to a log. */
      readonly filename: string;
      readonly remote: TftpEndpointAddress;
      readonly local: TftpEndpointAddress;
    }
  | {
      /** A request was answered by an ERROR. */
      readonly type: 'requestRefused';
      /** As the client sent it; absent when the request was malformed. */
      readonly filename?: string;
      readonly remote: TftpEndpointAddress;
      readonly local: TftpEndpointAddress;
      /** Error code on the wire. */
      readonly code: number;
      /** Why, for a log; the client gets the standard text of the code. */
      readonly message: string;
      /** What the source threw, if it did. */
      readonly cause?: unknown;
    }
  | {
      /** Requests got no answer, since a limit is reached; told once a second for each reason. */
      readonly type: 'requestDropped';
      readonly remote: TftpEndpointAddress;
      readonly local: TftpEndpointAddress;
      readonly reason: DropReason;
      /** Requests dropped for this reason since it was last told; the addresses are the last one's. */
      readonly count: number;
    }
  | {
      /** Transfers of silent clients gave way to others; told once a second for each limit. */
      readonly type: 'transfersEvicted';
      readonly limit: EvictingLimit;
      /** Transfers that gave way since it was last told. */
      readonly count: number;
    }
  /** An address that is not allowed asked; told once a minute for each address. */
  | { readonly type: 'sourceDenied'; readonly address: string }
  | {
      /**
       * A client acknowledged the options of a request and never its first large block: a link on the
       * way carries less, and the ICMP messages that would say so are dropped. This request and those of
       * the next hour get blocks of at most `maxBlockSize`.
       */
      readonly type: 'largeBlocksLost';
      /** As the client sent it: escape it before it goes to a log. */
      readonly filename: string;
      readonly remote: TftpEndpointAddress;
      readonly local: TftpEndpointAddress;
      /** Block size that did not arrive, in bytes. */
      readonly blksize: number;
      /** Largest block size from now on, in bytes. */
      readonly maxBlockSize: number;
    }
  /** A socket was bound: at the start, or since the host has a new address. */
  | { readonly type: 'listening'; readonly local: TftpEndpointAddress }
  /** A socket was closed, since the host no longer has its address. */
  | { readonly type: 'stoppedListening'; readonly local: TftpEndpointAddress }
  | {
      /**
       * The kernel took nothing more from a listening socket, and another one has its place: datagrams
       * to hosts that are not there fill a socket's buffer until ARP fails. Someone asks in the name of
       * such hosts. Up to 40 a second.
       */
      readonly type: 'socketReplaced';
      readonly local: TftpEndpointAddress;
    }
  | {
      /**
       * Something threw that must not: `allow`, `observe`, what a source or sink returned, or this
       * package. It cost one datagram, one event or one transfer, which ends as `failed`.
       */
      readonly type: 'unexpectedError';
      readonly error: unknown;
      /** Errors since they were last reported, this one included; those of a flood are summed up. */
      readonly count: number;
    }
  /** A source or sink could not be closed. */
  | { readonly type: 'sourceError'; readonly error: unknown }
  | {
      /**
       * The system does not tell the host's addresses, for lack of a descriptor for one. The server
       * listens on those it knows, and tries again; told once until that works.
       */
      readonly type: 'addressScanFailed';
      readonly error: unknown;
    }
  | {
      /**
       * A socket reported an error, told once until datagrams come again, or could not be bound. The
       * server tries again; a transfer that was to get the socket is answered from the listening
       * port, or dropped if `singlePort` is false.
       */
      readonly type: 'socketError';
      readonly address: string;
      readonly port: number;
      readonly error: Error;
    };
