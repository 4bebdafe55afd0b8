import { type TransferParameters } from '../negotiation/parameters.js';

/**
 * State machine of a transfer, driven by:
 *
 * - input: `receive(datagram, now)`, `timeout(now)`, `abort(code, message)`
 * - output: `nextDatagram()` and `nextEvent()`, each called until it returns undefined, and `deadline`
 *
 * Time is a number of milliseconds on any monotonic clock. A machine has no timer and no socket: the
 * caller sends its datagrams and calls `timeout` once `deadline` has passed. Every call is allowed in
 * every state, and no datagram makes a machine throw.
 */
export interface TransferMachine {
  /** Time at which to call `timeout`, in milliseconds; undefined once the machine has ended. */
  readonly deadline: number | undefined;
  /** Processes a datagram from the peer. */
  receive(datagram: Uint8Array, now: number): void;
  /** Handles the deadline if it has passed; otherwise does nothing. */
  timeout(now: number): void;
  /** Ends the transfer from this side with an ERROR packet. */
  abort(code: number, message: string): void;
  /** Returns the next datagram to send. */
  nextDatagram(): OutgoingDatagram | undefined;
  /** Returns the next event. */
  nextEvent(): TransferEvent | undefined;
}

/**
 * Datagram to send: `head` followed by `body`. The body is a view into the file's bytes; it must be sent
 * or copied before those change.
 */
export interface OutgoingDatagram {
  readonly head: Uint8Array;
  readonly body?: Uint8Array;
}

/**
 * Consecutive DATA packets to send. The bodies are views into the file's bytes, as in {@link OutgoingDatagram}.
 */
export interface OutgoingSeries {
  /** Number of datagrams, at least 2. */
  readonly count: number;
  /** Heads of all datagrams, one after the other and equally long. */
  readonly heads: Uint8Array;
  /** Pieces of memory that hold the bodies of all datagrams, one after the other; a body may span pieces. */
  readonly bodies: readonly Uint8Array[];
  /** Length of each body in bytes; only the last one may be shorter. */
  readonly bodyBytes: number;
}

/** Place of a DATA packet's body in memory, to be filled in: creating an object for each packet takes longer. */
export interface BlockPlace {
  memory: ArrayBuffer;
  /** Offset of the body in this memory, in bytes. */
  offset: number;
  /** Length of the body in bytes. */
  length: number;
  /** Block number on the wire. */
  block: number;
}

/** Event of a transfer. The last one is `completed` or `failed`. */
export type TransferEvent =
  | {
      /** Emitted only by receiving machines. */
      readonly type: 'data';
      /** Next bytes of the file; a view into the received datagram. */
      readonly data: Uint8Array;
      /** True for the last block of the file; the machine then waits for `finish`. */
      readonly isLast: boolean;
    }
  | {
      /** The peer has answered. */
      readonly type: 'negotiated';
      readonly parameters: TransferParameters;
    }
  | {
      readonly type: 'completed';
      /**
       * True if the last block was never acknowledged, despite repetitions. Some clients never acknowledge it
       * (RFC 1350 §6), so the transfer counts as complete.
       */
      readonly finalAckMissing: boolean;
    }
  | { readonly type: 'failed'; readonly failure: TransferFailure };

/** Reason for the failure of a transfer. */
export interface TransferFailure {
  /** `peer`: the peer sent an ERROR; `local`: this side gave up; `timeout`: the peer fell silent. */
  readonly by: 'peer' | 'local' | 'timeout';
  /** `transfer` once data was received or acknowledged. */
  readonly stage: 'handshake' | 'transfer';
  /** Code of the ERROR packet received or sent; 0 for a timeout. */
  readonly code: number;
  /** Text of that ERROR packet, one character per byte, or `no answer`; escape it before logging. */
  readonly message: string;
}

/**
 * Content of a file for a sending machine. After a loss, reads go back: bytes that are not yet acknowledged
 * may be read again, and must not have changed.
 */
export interface BlockSource {
  /** Size of the file on the wire in bytes, if known before the end is reached. */
  readonly size: number | undefined;
  /**
   * Returns `length` bytes from `offset`, or fewer at the end of the file.
   *
   * @returns undefined if the bytes are not in memory yet; call `resume` once they are
   */
  read(offset: number, length: number): Uint8Array | undefined;
  /**
   * Returns the bytes of several blocks that can be sent together, as consecutive pieces of memory. If it returns
   * undefined, since some are not in memory, `read` is called for each block.
   *
   * @param blockBytes - length of a block, in bytes
   * @default blocks are read one by one
   */
  readMany?(offset: number, length: number, blockBytes: number): readonly Uint8Array[] | undefined;
  /**
   * Like `read`, but sets the `memory` and the `offset` of a place instead of creating a view.
   *
   * @returns false if the bytes are not in one piece of memory, and `read` is to be called instead
   * @default `read` is called
   */
  locate?(offset: number, length: number, place: BlockPlace): boolean;
}
