import { type RequestPacket } from '../codec/packet.js';
import {
  type OutgoingDatagram,
  type OutgoingSeries,
  type TransferFailure,
} from '../transfer/machine.js';
import { type DropReason } from './admission.js';
import { type TftpEndpointAddress } from './peer-table.js';
import { type ServerTransfer } from './server-transfer.js';

/** Both ends of a UDP path. */
export interface EndpointPath<Local> {
  /** Local socket, as the driver knows it. */
  readonly local: Local;
  readonly remote: TftpEndpointAddress;
}

/** Datagram to send and its path. */
export interface RoutedDatagram<Local> extends OutgoingDatagram, EndpointPath<Local> {}

/** Series of datagrams to send and its path. */
export interface RoutedSeries<Local> extends OutgoingSeries, EndpointPath<Local> {}

/** Datagrams to many receivers, in arrays with an entry for each; the arrays may have more than `count` entries. */
export interface OutgoingPack {
  /** Number of datagrams, at most 64. */
  readonly count: number;
  readonly remotes: readonly TftpEndpointAddress[];
  /** Heads, one after the other and equally long. */
  readonly heads: Uint8Array;
  /** Length of each head in bytes. */
  readonly headBytes: number;
  /** Memory that each body is in; undefined for a datagram without a body. */
  readonly memories: readonly (ArrayBuffer | undefined)[];
  /** Offset of each body in its memory, in bytes. */
  readonly offsets: readonly number[];
  /** Length of each body in bytes. */
  readonly lengths: readonly number[];
}

/** Datagrams to many receivers to send from one socket. */
export interface RoutedPack<Local> extends OutgoingPack {
  /** Local socket, as the driver knows it. */
  readonly local: Local;
}

/** Event of a {@link ServerEndpoint}. */
export type EndpointEvent<Local> =
  | {
      /** New request: accept or refuse it. */
      readonly type: 'requested';
      readonly transfer: ServerTransfer<Local>;
    }
  | {
      /** Next bytes of a write request; call `finish` after the last ones. */
      readonly type: 'data';
      readonly transfer: ServerTransfer<Local>;
      readonly data: Uint8Array;
      readonly isLast: boolean;
    }
  | {
      /**
       * The client of a read request has acknowledged all blocks, except perhaps the last one, which was
       * sent. Emitted at most once per transfer, before `ended`.
       */
      readonly type: 'delivered';
      readonly transfer: ServerTransfer<Local>;
    }
  | {
      /** A transfer has ended: close its source or sink. */
      readonly type: 'ended';
      readonly transfer: ServerTransfer<Local>;
      readonly ending: TransferEnding;
    }
  | {
      /** A request was refused with an ERROR, which is sent only within the source's budget. */
      readonly type: 'refused';
      readonly local: Local;
      readonly remote: TftpEndpointAddress;
      readonly request: RequestPacket | undefined;
      readonly code: number;
      /**
       * Reason for the log; the peer gets the `peerMessage` of the cause or the standard text of the code.
       */
      readonly reason: string;
      /** Error that led to the refusal. */
      readonly cause?: unknown;
    }
  | {
      /** Requests were dropped without an answer; at most one event per second and reason. */
      readonly type: 'dropped';
      readonly local: Local;
      readonly remote: TftpEndpointAddress;
      readonly reason: DropReason;
      /** Number of requests dropped since the last event with this reason. */
      readonly count: number;
    }
  | {
      /** Transfers were evicted for new requests; at most one event per second and limit. */
      readonly type: 'evictions';
      readonly limit: EvictingLimit;
      /** Number of transfers evicted since the last event for this limit. */
      readonly count: number;
    }
  | {
      /**
       * An unexpected error in `allow`, a source, a sink, the driver or this package. It affected one
       * datagram or one transfer. At most one event per second.
       */
      readonly type: 'fault';
      readonly error: unknown;
      /** Number of faults since the last event. */
      readonly count: number;
    }
  /** A request from outside the allow-list was ignored; at most one event per minute and address. */
  | { readonly type: 'denied'; readonly remote: TftpEndpointAddress };

/** Limit that is enforced by evicting transfers; `maxSockets` includes the port range. */
export type EvictingLimit = 'maxTransfers' | 'maxTransfersPerSource' | 'maxHalfOpen' | 'maxSockets';

/**
 * End of a transfer: the last event of its machine, `replaced` by the next request from the same client,
 * `evicted` to make room for another transfer, `openTimedOut` because its source or sink took too long to
 * open, or `faulted` because of an unexpected error.
 */
export type TransferEnding =
  | { readonly type: 'completed'; readonly finalAckMissing: boolean }
  | { readonly type: 'failed'; readonly failure: TransferFailure }
  | { readonly type: 'faulted'; readonly error: unknown }
  | {
      readonly type: 'evicted';
      /** True if the client had made no progress for 10 seconds. */
      readonly isSilent: boolean;
    }
  | { readonly type: 'replaced' | 'openTimedOut' };
