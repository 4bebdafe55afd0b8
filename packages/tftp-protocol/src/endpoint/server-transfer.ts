import { type RequestPacket, type TransferMode } from '../codec/packet.js';
import { type ReceiveTransfer } from '../transfer/receive-transfer.js';
import { type SendTransfer } from '../transfer/send-transfer.js';
import { type RequestStanding } from './admission.js';
import { type DeadlineSlot, type Scheduled } from './deadline-queue.js';
import { type TftpEndpointAddress } from './peer-table.js';
import { sourceKey } from './source-key.js';

/** A request that a {@link ServerEndpoint} took on, from its arrival to its end. */
export class ServerTransfer<Local> implements Scheduled {
  /** The request as it came. */
  readonly request: RequestPacket;
  readonly mode: TransferMode;
  readonly remote: TftpEndpointAddress;
  /** The socket on which the request came. */
  readonly listener: Local;
  /** The source that its place is counted for. */
  readonly source: string;
  /** Whether its client is to be answered from the port that it asked, whatever it asks for. */
  readonly isForListener: boolean;
  /** What its place is worth while its peer has proven nothing. */
  readonly standing: RequestStanding;
  /** When the request came, in milliseconds. */
  readonly startedAt: number;
  /** The request's own bytes, to tell its repetitions. */
  readonly requestBytes: Uint8Array;
  /** The socket from which answers go. */
  local: Local;
  /** Undefined until the request is accepted. */
  machine: SendTransfer | ReceiveTransfer | undefined;
  /** Whether it still has its place in the endpoint. */
  isActive = true;
  /** Whether its delivery was told. */
  isDeliveryReported = false;
  /** Whether its end was told. */
  isReported = false;
  /** Whether its peer has not proven its address, so that it counts among the half-open ones. */
  isHalfOpen = true;
  /** Whether it would have a socket of its own, if its client could be reached from there. */
  hasFallenBack = false;
  /** When its progress was last noted, in milliseconds. */
  notedAt: number;
  /** When `DeadlineQueue` looks at it next. */
  slot: DeadlineSlot | undefined;
  /** Bytes that were charged to its source, since its peer did not answer; given back once it does. */
  chargedBytes = 0;
  /** Whether it waits in the endpoint's queue of those that may have something to send. */
  isQueued = false;
  readonly #openUntil: number;

  /** @internal */
  constructor(
    request: RequestPacket,
    mode: TransferMode,
    path: { readonly local: Local; readonly remote: TftpEndpointAddress },
    requestBytes: Uint8Array,
    now: number,
    terms: {
      readonly openMs: number;
      readonly isForListener: boolean;
      readonly standing: RequestStanding;
    },
  ) {
    this.request = request;
    this.mode = mode;
    this.remote = path.remote;
    this.listener = path.local;
    this.local = path.local;
    this.requestBytes = requestBytes.slice();
    this.source = sourceKey(path.remote.address);
    this.isForListener = terms.isForListener;
    this.standing = terms.standing;
    this.startedAt = now;
    this.notedAt = now;
    this.#openUntil = now + terms.openMs;
  }

  /** When it wants to be woken, in milliseconds. */
  get deadline(): number | undefined {
    if (!this.isActive) {
      return undefined;
    }
    return this.machine === undefined ? this.#openUntil : this.machine.deadline;
  }

  /** Whether the peer has proven its address and has not fallen silent since. */
  get isPeerAnswering(): boolean {
    return this.machine?.isPeerAnswering ?? false;
  }

  /** Whether the peer has proven its address; until then it may be forged. */
  get isPeerProven(): boolean {
    return this.machine?.isPeerProven ?? false;
  }

  /** Whether `datagram` is this transfer's request once more. */
  isRepeatedBy(datagram: Uint8Array): boolean {
    return (
      datagram.length === this.requestBytes.length &&
      datagram.every((byte, index) => byte === this.requestBytes[index])
    );
  }
}
