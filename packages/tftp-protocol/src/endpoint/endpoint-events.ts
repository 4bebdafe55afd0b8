import { type RequestPacket } from '../codec/packet.js';
import { type OutgoingDatagram, type TransferFailure } from '../transfer/machine.js';
import { type DropReason } from './admission.js';
import { type TftpEndpointAddress } from './peer-table.js';
import { type ServerTransfer } from './server-transfer.js';

/** The two ends between which datagrams travel. */
export interface EndpointPath<Local> {
  /** The socket on this side, as its driver knows it. */
  readonly local: Local;
  readonly remote: TftpEndpointAddress;
}

/** A datagram to send, and the path it takes. */
export interface RoutedDatagram<Local> extends OutgoingDatagram, EndpointPath<Local> {}

/** What a {@link ServerEndpoint} tells its driver. */
export type EndpointEvent<Local> =
  | {
      /** A request was taken on: it is to be accepted or refused. */
      readonly type: 'requested';
      readonly transfer: ServerTransfer<Local>;
    }
  | {
      /** Bytes of a write request, in order; the last ones wait for `finish`. */
      readonly type: 'data';
      readonly transfer: ServerTransfer<Local>;
      readonly data: Uint8Array;
      readonly isLast: boolean;
    }
  | {
      /**
       * The client of a read request has everything but perhaps the last block, which was sent; told
       * once for each transfer, before `ended`.
       */
      readonly type: 'delivered';
      readonly transfer: ServerTransfer<Local>;
    }
  | {
      /** A transfer is over, and its source can be closed. */
      readonly type: 'ended';
      readonly transfer: ServerTransfer<Local>;
      readonly ending: TransferEnding;
    }
  | {
      /** A request was answered by an error. */
      readonly type: 'refused';
      readonly local: Local;
      readonly remote: TftpEndpointAddress;
      readonly request: RequestPacket | undefined;
      readonly code: number;
      /** Why, for this side; the peer gets the standard text of the code. */
      readonly reason: string;
      /** What was thrown, if anything was. */
      readonly cause?: unknown;
    }
  | {
      /** Requests got no answer; told once a second at most for each reason. */
      readonly type: 'dropped';
      readonly local: Local;
      readonly remote: TftpEndpointAddress;
      readonly reason: DropReason;
      /** Requests dropped for this reason since it was last told, this one included. */
      readonly count: number;
    }
  | {
      /** Transfers gave way to requests; told once a second at most for each limit. */
      readonly type: 'evictions';
      readonly limit: EvictingLimit;
      /** Transfers that gave way since it was last told. */
      readonly count: number;
    }
  | {
      /**
       * Something threw that must not: `allow`, a source, or this package. It cost one datagram or
       * one transfer; reported once a second at most.
       */
      readonly type: 'fault';
      readonly error: unknown;
      /** Faults since they were last reported, this one included. */
      readonly count: number;
    }
  /** A source outside the allow-list got no answer; told once a minute for each address. */
  | { readonly type: 'denied'; readonly remote: TftpEndpointAddress };

/** A limit that is kept by letting transfers give way; `maxSockets` includes a range of ports. */
export type EvictingLimit = 'maxTransfers' | 'maxTransfersPerSource' | 'maxHalfOpen' | 'maxSockets';

/**
 * How a transfer ended: as its machine tells, or `replaced` by the same client's next request, or
 * `evicted` since its client was silent and its place was needed, or never `opened` in time, or
 * `faulted` since something threw that must not.
 */
export type TransferEnding =
  | { readonly type: 'completed'; readonly finalAckMissing: boolean }
  | { readonly type: 'failed'; readonly failure: TransferFailure }
  | { readonly type: 'faulted'; readonly error: unknown }
  | { readonly type: 'replaced' | 'evicted' | 'openTimedOut' };
