/**
 * Part of a transfer machine that does not depend on the direction: opening, clock, options, event
 * queue and end. {@link SendTransfer} and {@link ReceiveTransfer} add their window and their states.
 */
import { WireErrorCode } from '../codec/constants.js';
import { decodePacket } from '../codec/decode.js';
import { encodePacket } from '../codec/encode.js';
import { type TftpOptions, type TftpPacket } from '../codec/packet.js';
import { acceptOptionAck } from '../negotiation/accept-option-ack.js';
import { DEFAULT_PARAMETERS, type TransferParameters } from '../negotiation/parameters.js';
import { type TransferEvent, type TransferFailure } from './machine.js';
import { Opening, type TransferOpening } from './opening.js';
import { type RetransmissionPolicy, RetransmissionTimer } from './retransmission.js';

/** Options of a {@link TransferCore}. */
export interface TransferCoreOptions<State> {
  readonly opening: TransferOpening;
  readonly state: State;
  readonly policy: RetransmissionPolicy;
  /** False if a third party can forge the peer's acknowledgements. */
  readonly isPortSecret: boolean;
}

/** State shared by both directions. */
export class TransferCore<State extends string> {
  // First the fields that each acknowledgement needs: V8 lays fields out in this order.
  state: State | 'ended';
  /** True once the peer has proven its address; until then the address may be forged. */
  isPeerProven = false;
  /** Request, OACK, ACK 0 or ERROR that goes out next. */
  control: Uint8Array | undefined;
  /** Time of the current call, in milliseconds. */
  now: number;
  // In whole milliseconds, which V8 keeps in the object itself.
  retransmitAt: number;
  progressedAt: number;
  readonly timer: RetransmissionTimer;
  /** Current parameters: those of the OACK that was sent or accepted, otherwise the defaults. */
  parameters: TransferParameters;
  readonly policy: RetransmissionPolicy;
  /** Events to emit; undefined for none, which is nearly always the case. */
  #events: TransferEvent[] | undefined;
  #stage: TransferFailure['stage'] = 'handshake';
  #isCompleted = false;
  readonly opening: Opening;
  readonly #isPortSecret: boolean;
  /** Options requested by this side as a client; an OACK must not contain any others. */
  readonly #requested: TftpOptions;

  constructor({ opening, state, policy, isPortSecret }: TransferCoreOptions<State>, now: number) {
    this.policy = policy;
    this.timer = new RetransmissionTimer(policy);
    this.opening = new Opening(opening, policy.handshakeSends, now);
    this.control = this.opening.packet;
    this.state = state;
    this.#isPortSecret = isPortSecret;
    this.#requested = opening.type === 'request' ? opening.request.options : [];
    this.parameters = opening.type === 'offer' ? opening.parameters : DEFAULT_PARAMETERS;
    this.#agreeOnTimeout();
    this.now = now;
    this.progressedAt = Math.floor(now);
    this.retransmitAt = Math.ceil(now + this.#intervalMs);
  }

  /** Time at which the transfer ends for lack of progress, in milliseconds. */
  get stallsAt(): number {
    return this.progressedAt + this.policy.stallMs;
  }

  /** Time to wait for an answer, in milliseconds; at least `initialMs` while the peer is unproven. */
  get #intervalMs(): number {
    const { intervalMs } = this.timer;
    return this.isPeerProven ? intervalMs : Math.max(intervalMs, this.policy.initialMs);
  }

  /** Advances the clock to the arrival of a datagram; returns false if the transfer has ended and ignores it. */
  isListening(now: number): boolean {
    if (this.state === 'ended') {
      return false;
    }
    this.now = now;
    return true;
  }

  /** Decodes a datagram; undefined if it is to be ignored. An ERROR ends the transfer. */
  receive(datagram: Uint8Array, now: number): TftpPacket | undefined {
    const decoded = decodePacket(datagram);
    if (!decoded.ok || !this.isListening(now)) {
      return undefined;
    }
    const { packet } = decoded;
    if (packet.type === 'error') {
      this.fail('peer', packet.code, packet.message);
    }
    return packet;
  }

  /**
   * Advances the clock to a deadline that has passed. A stalled transfer fails.
   *
   * @returns true if the retransmission interval has run out
   */
  timeout(now: number): boolean {
    this.now = now;
    if (now >= this.stallsAt) {
      this.failUnanswered();
      return false;
    }
    return now >= this.retransmitAt;
  }

  /**
   * Returns the parameters that an OACK sets; ends the transfer and returns undefined if the OACK is invalid.
   */
  acceptOptions(options: TftpOptions): TransferParameters | undefined {
    const accepted = acceptOptionAck(this.#requested, options);
    if (accepted.ok) {
      return accepted.parameters;
    }
    this.isPeerProven = true;
    this.abort(WireErrorCode.optionNegotiation, accepted.reason);
    return undefined;
  }

  /** Enters the state in which data flows: the peer has answered the opening. */
  open(state: State, parameters: TransferParameters): void {
    this.state = state;
    this.control = undefined;
    this.isPeerProven = this.#isPortSecret;
    this.parameters = parameters;
    this.#agreeOnTimeout();
    this.timer.measured(this.opening.roundTripMs(this.now));
    this.timer.progressed();
    this.progressedAt = Math.floor(this.now);
    this.awaitAnswer();
    this.emit({ type: 'negotiated', parameters });
  }

  /** Records new data received or acknowledged. */
  progressed(): void {
    this.#stage = 'transfer';
    this.isPeerProven = true;
    this.progressedAt = Math.floor(this.now);
    this.timer.progressed();
  }

  /** Restarts the retransmission interval. */
  awaitAnswer(): void {
    this.retransmitAt = Math.ceil(this.now + this.#intervalMs);
  }

  /**
   * Returns true if a repeated request should be answered with the opening again, since it may have been
   * lost.
   */
  mayRepeatOpening(now: number): boolean {
    const isUseless =
      this.isPeerProven || this.opening.sendsExhausted || this.opening.isCrossing(now);
    return this.state !== 'ended' && !isUseless;
  }

  /** Sends the opening again. */
  repeatOpening(): void {
    this.opening.repeat(this.now);
    this.control = this.opening.packet;
    this.awaitAnswer();
  }

  /** Completes the transfer. A receiver lingers in `state` to repeat its last ACK. */
  complete(state: State | 'ended', finalAckMissing: boolean): void {
    this.state = state;
    this.#isCompleted = true;
    this.emit({ type: 'completed', finalAckMissing });
  }

  /**
   * Ends the transfer. Sends an ERROR, unless the transfer has completed or the maximum number of datagrams
   * has been sent to an unproven peer.
   */
  abort(code: number, message: string): void {
    if (this.state === 'ended') {
      return;
    }
    const isAnswerDue = !this.#isCompleted && (this.isPeerProven || !this.opening.sendsExhausted);
    this.fail('local', code, message);
    if (isAnswerDue) {
      this.control = encodePacket({ type: 'error', code, message });
    }
  }

  /** Ends the transfer because the peer does not answer. */
  failUnanswered(): void {
    this.fail('timeout', WireErrorCode.notDefined, 'no answer');
  }

  /** Ends the transfer without an ERROR; emits `failed`, unless the transfer has completed. */
  fail(by: TransferFailure['by'], code: number, message: string): void {
    this.state = 'ended';
    this.control = undefined;
    if (!this.#isCompleted) {
      this.emit({ type: 'failed', failure: { by, stage: this.#stage, code, message } });
    }
  }

  /** Queues an event. */
  emit(event: TransferEvent): void {
    this.#events ??= [];
    this.#events.push(event);
  }

  /** Removes and returns the oldest event. */
  nextEvent(): TransferEvent | undefined {
    const event = this.#events?.shift();
    if (this.#events?.length === 0) {
      this.#events = undefined;
    }
    return event;
  }

  /** Removes and returns the control packet. */
  nextControl(): Uint8Array | undefined {
    const { control } = this;
    this.control = undefined;
    return control;
  }

  #agreeOnTimeout(): void {
    const { timeoutMs } = this.parameters;
    if (timeoutMs !== undefined) {
      // Blocks must not reach the owner of a forged address only milliseconds apart.
      this.timer.agree(Math.max(this.#isPortSecret ? 0 : this.policy.initialMs, timeoutMs));
    }
  }
}
