import { type RequestPacket, type TransferMode } from '../codec/packet.js';
import { type ReceiveTransfer } from '../transfer/receive-transfer.js';
import { type SendTransfer } from '../transfer/send-transfer.js';
import { type RequestStanding } from './admission.js';
import { type DeadlineSlot, type Scheduled } from './deadline-queue.js';
import { type TftpEndpointAddress } from './peer-table.js';
import { sourceKey } from './source-key.js';

/**
 * Time without progress after which another request on the same path replaces a transfer, in milliseconds:
 * less than the 4 seconds after which UEFI repeats a request.
 */
const ESTABLISHED_MS = 3_000;

/** Request to a {@link ServerEndpoint} and its transfer, from arrival to end. */
export class ServerTransfer<Local> implements Scheduled {
  // First the fields that each datagram needs: V8 lays fields out in this order, and thousands of transfers do not
  // fit in the processor's cache.
  /** False once the endpoint has removed the transfer. */
  isActive = true;
  /** True while the transfer waits in the endpoint's send queue. */
  isQueued = false;
  /** True if the machine has at most one datagram to send after each that it receives. */
  isLockStep = false;
  /** True while the transfer counts as half-open: its peer has not proven its address. */
  isHalfOpen = true;
  /** True once `delivered` was emitted. */
  isDeliveryReported = false;
  /** Number of the endpoint's departures before the last answer that waited for no turn. */
  answeredAfter = -1;
  /** Number of bytes charged to the source while the peer is silent; refunded once the peer answers. */
  chargedBytes = 0;
  /** State machine of the transfer; undefined until the request is accepted. */
  machine: SendTransfer | ReceiveTransfer | undefined;
  readonly remote: TftpEndpointAddress;
  /** Socket that sends the answers. */
  local: Local;
  /** Slot in the `DeadlineQueue`. */
  slot: DeadlineSlot | undefined;
  // Whole milliseconds, which V8 keeps in the object itself.
  slotAt = 0;
  /** Time at which the progress of the transfer was last noted, in milliseconds. */
  notedAt: number;
  /** Key of the source that the transfer is counted for. */
  readonly source: string;
  /** Socket on which the request arrived. */
  readonly listener: Local;
  /** Decoded request. */
  readonly request: RequestPacket;
  readonly mode: TransferMode;
  /** True if answers must leave from the listening port, whatever options were requested. */
  readonly isForListener: boolean;
  /** Standing of the request, for eviction until the peer has proven its address. */
  readonly standing: RequestStanding;
  /** Arrival of the request, in milliseconds. */
  readonly startedAt: number;
  /** Undecoded request, to recognise repetitions. */
  readonly requestBytes: Uint8Array;
  /** True once `ended` was emitted. */
  isReported = false;
  /** True if the transfer has no socket of its own only because its client cannot be reached from one. */
  hasFallenBack = false;
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
    this.requestBytes = new Uint8Array(requestBytes);
    this.source = sourceKey(path.remote.address);
    this.isForListener = terms.isForListener;
    this.standing = terms.standing;
    this.startedAt = now;
    this.notedAt = Math.floor(now);
    this.#openUntil = Math.ceil(now + terms.openMs);
  }

  /** Next deadline in milliseconds; undefined once the transfer is removed. */
  get deadline(): number | undefined {
    if (!this.isActive) {
      return undefined;
    }
    return this.machine === undefined ? this.#openUntil : this.machine.deadline;
  }

  /** True if the peer has proven its address and has not fallen silent since. */
  get isPeerAnswering(): boolean {
    return this.machine?.isPeerAnswering ?? false;
  }

  /** True once the peer has proven its address; until then the address may be forged. */
  get isPeerProven(): boolean {
    return this.machine?.isPeerProven ?? false;
  }

  /**
   * Returns true if another request on the transfer's path must not end the transfer: the client is making
   * progress, so the request may be forged. Once the file is delivered, the next request ends the transfer,
   * since many clients never acknowledge the last block.
   */
  isEstablished(now: number): boolean {
    const { machine, isReported, isDeliveryReported } = this;
    const isOver = isReported || isDeliveryReported;
    return !isOver && machine?.isPeerProven === true && now - machine.progressedAt < ESTABLISHED_MS;
  }

  /** Returns true if `datagram` repeats the request. */
  isRepeatedBy(datagram: Uint8Array): boolean {
    return (
      datagram.length === this.requestBytes.length &&
      datagram.every((byte, index) => byte === this.requestBytes[index])
    );
  }
}
