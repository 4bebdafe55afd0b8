import { type RequestPacket, type TransferMode } from '../codec/packet.js';
import { type ReceiveTransfer } from '../transfer/receive-transfer.js';
import { type SendTransfer } from '../transfer/send-transfer.js';
import { type TftpEndpointAddress } from './address.js';
import { type Scheduled } from './deadline-queue.js';

/** A request that a {@link ServerEndpoint} took on, from its arrival to its end. */
export class ServerTransfer<Local> implements Scheduled {
  /** The request as it came. */
  readonly request: RequestPacket;
  readonly mode: TransferMode;
  readonly remote: TftpEndpointAddress;
  /** The socket on which the request came. */
  readonly listener: Local;
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
  /** Whether its end was told. */
  isReported = false;
  /** Whether its peer has not answered, so that it counts among the half-open ones. */
  isHalfOpen = true;
  /** When {@link DeadlineQueue} looks at it next. */
  scheduledAt: number | undefined;
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
    openMs: number,
  ) {
    this.request = request;
    this.mode = mode;
    this.remote = path.remote;
    this.listener = path.local;
    this.local = path.local;
    this.requestBytes = requestBytes.slice();
    this.startedAt = now;
    this.#openUntil = now + openMs;
  }

  /** When it wants to be woken, in milliseconds. */
  get deadline(): number | undefined {
    if (!this.isActive) {
      return undefined;
    }
    return this.machine === undefined ? this.#openUntil : this.machine.deadline;
  }

  /** Whether the peer has answered; until then its address may be forged. */
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
