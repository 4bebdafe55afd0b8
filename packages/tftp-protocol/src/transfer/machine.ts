import { type TransferParameters } from '../negotiation/parameters.js';

/**
 * The vocabulary of the transfer machines. Both are driven alike:
 *
 * - in: `receive(datagram, now)`, `timeout(now)`, `abort(code, message)`
 * - out: `nextDatagram()` and `nextEvent()`, each called until it gives undefined, and `deadline`
 *
 * Time is a number of milliseconds on any steady clock. A machine starts no timer and owns no
 * socket; whoever drives it sends what comes out and calls `timeout` once `deadline` has passed.
 * Every call is allowed in every state, and no datagram makes a machine throw.
 */
export interface TransferMachine {
  /** When `timeout` wants to be called, in milliseconds; undefined when the machine has ended. */
  readonly deadline: number | undefined;
  /** Takes a datagram from the peer. */
  receive(datagram: Uint8Array, now: number): void;
  /** Takes the passing of time; does nothing before the deadline. */
  timeout(now: number): void;
  /** Ends the transfer from this side with an ERROR packet. */
  abort(code: number, message: string): void;
  /** The next datagram to send, if there is one. */
  nextDatagram(): OutgoingDatagram | undefined;
  /** The next thing that happened, if anything did. */
  nextEvent(): TransferEvent | undefined;
}

/**
 * A datagram to send: `head` and then `body`. The body lies where the file's bytes lie; it must be
 * sent or copied before those bytes change.
 */
export interface OutgoingDatagram {
  readonly head: Uint8Array;
  readonly body?: Uint8Array;
}

/** What a transfer tells about itself. `completed` and `failed` come once, and last. */
export type TransferEvent =
  | {
      /** Receiving machines only. */
      readonly type: 'data';
      /** The next bytes of the file; a view into the datagram that brought them. */
      readonly data: Uint8Array;
      /** The file ends here; `finish` is awaited. */
      readonly isLast: boolean;
    }
  | {
      /** The peer has answered, and these parameters hold. */
      readonly type: 'negotiated';
      readonly parameters: TransferParameters;
    }
  | {
      readonly type: 'completed';
      /**
       * All was sent and the last block repeated to no avail. Some clients never acknowledge it
       * (RFC 1350 §6); the transfer counts as complete.
       */
      readonly finalAckMissing: boolean;
    }
  | { readonly type: 'failed'; readonly failure: TransferFailure };

/** Why a transfer ended early. */
export interface TransferFailure {
  /** `peer`: an ERROR came in; `local`: this side gave up; `timeout`: the peer fell silent. */
  readonly by: 'peer' | 'local' | 'timeout';
  /** Whether the peer had acknowledged anything beyond the options. */
  readonly stage: 'handshake' | 'transfer';
  /** Error code of the ERROR packet that was received or sent; 0 for a timeout. */
  readonly code: number;
  /** Text of that ERROR packet, one character per byte; for logs only once it is escaped. */
  readonly message: string;
}

/**
 * Content of a file for a sending machine. Reads go back after a loss: until they are acknowledged,
 * bytes may be read again and must be the same.
 */
export interface BlockSource {
  /** Size of the file in bytes as it travels, if known before its end is reached. */
  readonly size: number | undefined;
  /**
   * Returns `length` bytes from `offset`, or fewer at the end of the file.
   *
   * @returns undefined if the bytes are not in memory yet; call `resume` once they are
   */
  read(offset: number, length: number): Uint8Array | undefined;
}
