/**
 * TFTP server on one or more UDP ports, without the sockets: accepts requests within its limits and
 * drives their transfers. {@link DatagramPaths} classifies datagrams, and {@link Places} assigns the
 * slots of transfers.
 *
 * ```
 * request
 *   source outside the allow-list                  no answer
 *   unknown path, over a limit                     no answer, see Admission
 *   unknown path                                   new transfer
 *   known path, same bytes, unproven or < 1 s old  answer repeated, within the limits
 *   known path, client continues                   no answer: it may be forged, and real clients retry
 *   known path, otherwise                          replaces that transfer without an ERROR
 *   malformed                                      ERROR 4, within the rate
 *   refused < 1 s ago, same bytes                  no answer, see REPETITION_MS
 * other datagram of a transfer                     passed to its machine
 * datagram of an unknown sender                    no answer
 * ACK of a transfer that ended recently            no answer
 * ACK of an unknown transfer                       ERROR 5, within the rate
 * ```
 *
 * A server that has restarted, or another one behind the same load balancer, does not know the earlier
 * transfers. The ERROR ends them at once, so that their clients start over instead of waiting for a timeout.
 *
 * In a flood, most source addresses are forged, and on a well-known port none can be verified: anyone who
 * knows the protocol can send a client's first acknowledgements blindly. So a read gets a window or large
 * blocks only from its own socket, whose random port an attacker would have to guess; the driver calls
 * `wantsOwnSocket` to find out whether a transfer needs one. A client that cannot be reached from such a
 * socket ({@link ClientReach}) is served from the listening port, without a window or large blocks.
 *
 * The driver sends the datagrams of `nextDatagram`, handles the events of `nextEvent`, and calls
 * `timeout` at `deadline`.
 */
import { readText } from '../codec/byte-fields.js';
import { MAX_REQUEST_BYTES, WireErrorCode } from '../codec/constants.js';
import { encodePacket } from '../codec/encode.js';
import { type TftpOptions } from '../codec/packet.js';
import { TftpError, wireMessage } from '../errors.js';
import {
  negotiate,
  type NegotiationFacts,
  type NegotiationPolicy,
} from '../negotiation/negotiate.js';
import { type TransferParameters } from '../negotiation/parameters.js';
import { NetasciiSource } from '../netascii/netascii-source.js';
import {
  type BlockPlace,
  type BlockSource,
  type OutgoingDatagram,
  type OutgoingSeries,
} from '../transfer/machine.js';
import { type PacingPolicy } from '../transfer/pacer.js';
import { ReceiveTransfer } from '../transfer/receive-transfer.js';
import { type RetransmissionPolicy } from '../transfer/retransmission.js';
import { SendTransfer } from '../transfer/send-transfer.js';
import { Admission, type DropReason } from './admission.js';
import { BlockPack, unpacked } from './block-pack.js';
import { ClientReach } from './client-reach.js';
import { CountedReports } from './counted-reports.js';
import { DatagramPaths } from './datagram-paths.js';
import { DeadlineQueue } from './deadline-queue.js';
import {
  type EndpointEvent,
  type EndpointPath,
  type EvictingLimit,
  type RoutedDatagram,
  type RoutedPack,
  type RoutedSeries,
  type TransferEnding,
} from './endpoint-events.js';
import { DEFAULT_ENDPOINT_LIMITS, type EndpointLimits } from './limits.js';
import { type TftpEndpointAddress } from './peer-table.js';
import { Places, SILENT_MS } from './places.js';
import { RecentAddresses } from './recent-addresses.js';
import { isAck, readRequest } from './request.js';
import { SendTurns } from './send-turns.js';
import { ServerTransfer } from './server-transfer.js';
import { type RateLimit, TokenBucket } from './token-bucket.js';

/** Options of a {@link ServerEndpoint}. */
export interface ServerEndpointOptions {
  /** True to accept write requests; otherwise they are answered with ERROR 2. */
  readonly acceptsWrites: boolean;
  /** Returns true for source addresses that may be answered. */
  readonly allow: (address: string) => boolean;
  /**
   * True to fall back to the listening socket for a client that does not answer on the transfer's own socket.
   *
   * @default true
   */
  readonly fallsBackToListener?: boolean;
  /** @default DEFAULT_ENDPOINT_LIMITS */
  readonly limits?: EndpointLimits;
  /** @default DEFAULT_RETRANSMISSION_POLICY */
  readonly retransmission?: RetransmissionPolicy | undefined;
  /** @default DEFAULT_PACING_POLICY */
  readonly pacing?: PacingPolicy | undefined;
}

/** Terms on which a request is accepted. */
export interface AcceptanceTerms<Local> {
  readonly policy: NegotiationPolicy;
  /** Own socket of the transfer; undefined for the listening socket. */
  readonly local: Local | undefined;
}

/**
 * Time within which an identical request counts as a repetition even if its client is proven or was refused, in
 * milliseconds.
 *
 * A repetition of a refused request gets no answer. PXELINUX asks for all files from one port, and repeats a
 * request after about 110 ms. On a slow link it has sent the repetition before it receives the ERROR, and takes
 * a second ERROR as the answer to its next request. A client whose ERROR was lost asks again later.
 */
const REPETITION_MS = 1_000;

/** Maximum number of refused requests to remember, at up to 2.2 kB of memory each. */
const MAX_REFUSED = 1_024;

/** Minimum interval between reports of one address outside the allow-list, in milliseconds. */
const REPORT_DENIAL_EVERY_MS = 60_000;

/**
 * Rate of answers to acknowledgements of unknown transfers, for all sources together. It is enough for the
 * clients of a restarted server, since they repeat their ACKs.
 */
const ORPHAN_ANSWERS: RateLimit = { perSecond: 100, burst: 200 };

/**
 * Time for which acknowledgements of an ended transfer get no answer, in milliseconds. A late duplicate of
 * the last one is normal, and an ERROR for it would end the next transfer of a client that uses the same
 * port.
 */
const ENDED_MS = 30_000;

/** Maximum number of ended transfers to remember, at about 100 bytes of memory each. */
const MAX_ENDED = 4_096;

/** Maximum number of addresses outside the allow-list to remember. */
const MAX_DENIED = 1_024;

/**
 * Largest `blksize`, in bytes, for a client whose acknowledgements can be forged: a block that fits the MTU
 * of Ethernet. The shortest request and its ACK 0 have 27 bytes together, so one
 * such block is an amplification of 55.
 */
const MAX_UNPROVEN_BLOCK = 1_468;

/** TFTP server on one or more UDP ports, without the sockets. */
export class ServerEndpoint<Local> {
  readonly #options: ServerEndpointOptions;
  readonly #limits: EndpointLimits;
  readonly #admission: Admission;
  readonly #paths = new DatagramPaths<Local>();
  readonly #places: Places<Local>;
  readonly #reach = new ClientReach<ServerTransfer<Local>>();
  readonly #active = new Set<ServerTransfer<Local>>();
  /** Counts dropped requests, evicted transfers and faults. */
  readonly #reports = new CountedReports<DropReason | EvictingLimit | 'fault'>();
  readonly #deadlines = new DeadlineQueue<ServerTransfer<Local>>();
  readonly #turns = new SendTurns<ServerTransfer<Local>>();
  /** Datagrams that wait for no turn: those of transfers in lock-step, and those that belong to no transfer. */
  #answers: RoutedDatagram<Local>[] = [];
  /** Blocks of transfers in lock-step, which leave before those answers. */
  readonly #pack = new BlockPack<Local>();
  /** Place of the last of these blocks. */
  readonly #place: BlockPlace = { memory: new ArrayBuffer(0), offset: 0, length: 0, block: 0 };
  /** Number of times that answers have left. */
  #departures = 0;
  readonly #events: EndpointEvent<Local>[] = [];
  /** Addresses outside the allow-list that were reported recently. */
  readonly #denied = new RecentAddresses(MAX_DENIED, REPORT_DENIAL_EVERY_MS);
  /** Clients of transfers that ended recently. */
  readonly #ended = new RecentAddresses(MAX_ENDED, ENDED_MS);
  /** Requests that were answered with an ERROR recently, each with its client. */
  readonly #refused = new RecentAddresses(MAX_REFUSED, REPETITION_MS);
  readonly #orphanAnswers = new TokenBucket(ORPHAN_ANSWERS, 0);
  #isAccepting = true;
  #now = 0;

  constructor(options: ServerEndpointOptions) {
    this.#options = options;
    this.#limits = options.limits ?? DEFAULT_ENDPOINT_LIMITS;
    this.#admission = new Admission(this.#limits);
    this.#places = new Places(this.#limits, (transfer, limit) => {
      this.#evict(transfer, limit);
    });
  }

  /** Active transfers, including those still being opened. */
  get transfers(): ReadonlySet<ServerTransfer<Local>> {
    return this.#active;
  }

  /** Number of transfers whose client has not proven its address. */
  get halfOpen(): number {
    return this.#places.halfOpen;
  }

  /** Number of sources remembered. */
  get sources(): number {
    return this.#admission.sources;
  }

  /** Time at which to call `timeout`, in milliseconds; undefined if nothing is scheduled. */
  get deadline(): number | undefined {
    return this.#deadlines.next;
  }

  /** Stops accepting requests; active transfers continue. */
  drain(): void {
    this.#isAccepting = false;
  }

  /** Processes a datagram received on `local` from `remote`. Its bytes are not accessed after the call. */
  receive(datagram: Uint8Array, local: Local, remote: TftpEndpointAddress, now: number): void {
    this.#now = now;
    try {
      this.#receive(datagram, local, remote);
    } catch (error) {
      this.#tellFault(error);
    }
  }

  #receive(datagram: Uint8Array, local: Local, remote: TftpEndpointAddress): void {
    const meaning = this.#paths.meaningOf(datagram, local, remote);
    if (meaning instanceof ServerTransfer) {
      this.#pass(datagram, meaning);
    } else if (meaning?.type === 'request') {
      this.#receiveRequest(datagram, { local, remote }, meaning.current);
    } else if (meaning?.type === 'orphan') {
      this.#answerOrphan({ local, remote });
    }
  }

  /** Handles all deadlines that have passed. */
  timeout(now: number): void {
    this.#now = now;
    for (let due = this.#deadlines.due(now); due !== undefined; due = this.#deadlines.due(now)) {
      const { machine } = due;
      if (machine === undefined) {
        this.#end(due, { type: 'openTimedOut' });
      } else {
        try {
          machine.timeout(now);
        } catch (error) {
          this.fault(due, error, now);
        }
        this.#enqueue(due);
      }
    }
  }

  /**
   * Answers a read request with a file.
   *
   * @returns false if the transfer has already ended, its options were refused, or it failed; the caller must
   * then close the source
   */
  acceptRead(
    transfer: ServerTransfer<Local>,
    source: BlockSource,
    terms: AcceptanceTerms<Local>,
    now: number,
  ): boolean {
    this.#now = now;
    try {
      return this.#acceptRead(transfer, source, terms, now);
    } catch (error) {
      this.fault(transfer, error, now);
      return false;
    }
  }

  #acceptRead(
    transfer: ServerTransfer<Local>,
    source: BlockSource,
    terms: AcceptanceTerms<Local>,
    now: number,
  ): boolean {
    const size = transfer.mode === 'octet' ? source.size : undefined;
    const agreed = this.#agree(transfer, terms, { direction: 'read', size }, now);
    if (agreed === undefined) {
      return false;
    }
    const { optionAck, parameters } = agreed;
    transfer.isLockStep = parameters.windowsize === 1;
    transfer.machine = new SendTransfer(
      {
        opening: optionAck.length > 0 ? { type: 'offer', optionAck, parameters } : { type: 'data' },
        source: transfer.mode === 'octet' ? source : netascii(source, parameters),
        peer: {
          requestBytes: transfer.requestBytes.length,
          maxAmplification: this.#limits.maxAmplification,
          isPortSecret: terms.local !== undefined,
        },
        retransmission: this.#options.retransmission,
        pacing: this.#options.pacing,
      },
      now,
    );
    this.#start(transfer, terms);
    return true;
  }

  /**
   * Returns true if a transfer should get its own socket as {@link AcceptanceTerms.local}: its client
   * requests more than an unproven address gets.
   */
  wantsOwnSocket(transfer: ServerTransfer<Local>, policy: NegotiationPolicy, now: number): boolean {
    const { request, isForListener, remote } = transfer;
    if (request.type !== 'rrq' || this.#reach.isByListenerOnly(remote.address, now)) {
      return false;
    }
    const facts = { direction: 'read', size: undefined } as const;
    const outcome = negotiate(request.options, policy, facts);
    const isWanted =
      outcome.ok &&
      (outcome.parameters.windowsize > 1 || outcome.parameters.blksize > MAX_UNPROVEN_BLOCK);
    transfer.hasFallenBack = isWanted && isForListener;
    return isWanted && !isForListener;
  }

  /**
   * Ends a transfer to free its socket for another one: the stalest one with its own socket whose client has
   * not answered there; failing that, a silent one; failing that, one of the source with the most transfers,
   * provided that this source has more than twice as many as the newcomer's.
   *
   * @param newcomer - transfer that needs a socket
   * @returns false if no transfer may be ended
   */
  freeSocket(newcomer: ServerTransfer<Local>, now: number): boolean {
    this.#now = now;
    const transfer = this.#reach.stalestUnanswered ?? this.#places.dispensableFor(newcomer, now);
    if (transfer === undefined) {
      return false;
    }
    this.#evict(transfer, 'maxSockets');
    return true;
  }

  /**
   * Accepts a write request; its bytes are emitted as `data` events.
   *
   * @returns false if the transfer has already ended, its options were refused, or it failed; the caller must
   * then close the sink
   */
  acceptWrite(
    transfer: ServerTransfer<Local>,
    terms: AcceptanceTerms<Local>,
    now: number,
  ): boolean {
    this.#now = now;
    try {
      return this.#acceptWrite(transfer, terms, now);
    } catch (error) {
      this.fault(transfer, error, now);
      return false;
    }
  }

  #acceptWrite(
    transfer: ServerTransfer<Local>,
    terms: AcceptanceTerms<Local>,
    now: number,
  ): boolean {
    const facts = { direction: 'write', size: undefined } as const;
    const agreed = this.#agree(transfer, terms, facts, now);
    if (agreed === undefined) {
      return false;
    }
    const { optionAck, parameters } = agreed;
    transfer.machine = new ReceiveTransfer(
      {
        opening: optionAck.length > 0 ? { type: 'offer', optionAck, parameters } : { type: 'ack' },
        retransmission: this.#options.retransmission,
      },
      now,
    );
    this.#start(transfer, terms);
    return true;
  }

  /**
   * Answers a request with an ERROR. Its text is the `peerMessage` of a {@link TftpError}, and otherwise the
   * standard text of its code.
   *
   * @param reason - reason, for logs
   * @param cause - error that led to the refusal
   */
  refuse(
    transfer: ServerTransfer<Local>,
    code: number,
    reason: string,
    now: number,
    cause?: unknown,
  ): void {
    this.#now = now;
    if (transfer.isActive) {
      const { listener, remote, request, requestBytes } = transfer;
      this.#forget(transfer);
      const text = cause instanceof TftpError ? cause.peerMessage : undefined;
      this.#answerRefusal({ local: listener, remote }, requestBytes, code, text);
      this.#events.push({ type: 'refused', local: listener, remote, request, code, reason, cause });
    }
  }

  /** Drops a request that was not accepted yet, without an answer. */
  drop(transfer: ServerTransfer<Local>, reason: DropReason, now: number): void {
    this.#now = now;
    if (transfer.isActive) {
      const { listener, remote } = transfer;
      this.#forget(transfer);
      this.#tellDropped({ local: listener, remote }, reason);
    }
  }

  /** Stops acknowledging a write request, since its data cannot be processed yet; its client waits. */
  pause(transfer: ServerTransfer<Local>): void {
    if (transfer.machine instanceof ReceiveTransfer) {
      transfer.machine.pause();
    }
  }

  /** Acknowledges the last block of a write request: the file is stored. */
  finish(transfer: ServerTransfer<Local>, now: number): void {
    this.#now = now;
    if (transfer.machine instanceof ReceiveTransfer) {
      transfer.machine.finish(now);
      this.#enqueue(transfer);
    }
  }

  /** Continues a transfer: the source has the missing bytes, or the sink is ready again. */
  resume(transfer: ServerTransfer<Local>, now: number): void {
    this.#now = now;
    transfer.machine?.resume(now);
    this.#enqueue(transfer);
  }

  /** Ends a transfer with an ERROR. */
  abort(transfer: ServerTransfer<Local>, code: number, message: string, now: number): void {
    if (transfer.machine === undefined) {
      this.refuse(transfer, code, message, now);
    } else {
      this.#now = now;
      transfer.machine.abort(code, message);
      this.#enqueue(transfer);
    }
  }

  /**
   * Ends a transfer after an unexpected error in its source or sink, its driver or this package. The
   * client gets ERROR 0.
   */
  fault(transfer: ServerTransfer<Local>, error: unknown, now: number): void {
    this.#now = now;
    this.#tellFault(error);
    if (transfer.isActive) {
      const { local, remote } = transfer;
      this.#end(transfer, { type: 'faulted', error });
      this.#answerError({ local, remote }, WireErrorCode.notDefined);
    }
  }

  /** Returns the next datagram to send; sources take turns. */
  nextDatagram(): RoutedDatagram<Local> | undefined {
    this.#unpack();
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined) {
        this.#departures += this.#answers.length === 0 ? 1 : 0;
        return answer;
      }
      const transfer = this.#turns.current;
      if (transfer === undefined) {
        return undefined;
      }
      const datagram = this.#datagramOf(transfer);
      if (datagram === undefined) {
        this.#turns.done();
        transfer.isQueued = false;
        this.#settle(transfer);
        continue;
      }
      this.#turns.sent();
      if (this.#maySend(transfer, datagram)) {
        return routed(transfer, datagram);
      }
    }
  }

  /**
   * Returns blocks of transfers in lock-step, which `nextDatagram` would return first. A driver can send them with less
   * work than as datagrams; `nextAnswers` or `nextDatagram` must be called for the others. The result is valid until the
   * next call of `receive` or `nextPack`.
   */
  nextPack(): RoutedPack<Local> | undefined {
    const pack = this.#pack.take();
    if (pack !== undefined && this.#answers.length === 0) {
      this.#departures += 1;
    }
    return pack;
  }

  /**
   * Returns all datagrams that wait for no turn, which `nextDatagram` would return first: the answers of transfers in
   * lock-step, and ERRORs that belong to no transfer. A driver can send them with less work.
   */
  nextAnswers(): readonly RoutedDatagram<Local>[] {
    this.#unpack();
    const answers = this.#answers;
    if (answers.length > 0) {
      this.#answers = [];
      this.#departures += 1;
    }
    return answers;
  }

  /**
   * Returns the next datagrams together, if they are blocks of one transfer whose peer answers: a driver can send those
   * with less work. Call `nextDatagram` if it returns undefined.
   *
   * @param most - maximum number of datagrams
   */
  nextSeries(most: number): RoutedSeries<Local> | undefined {
    const transfer = this.#turns.current;
    if (transfer === undefined || transfer.isLockStep) {
      return undefined;
    }
    if (this.#answers.length > 0 || !this.#pack.isEmpty) {
      return undefined;
    }
    const series = this.#seriesOf(transfer, Math.min(most, this.#turns.left));
    if (series === undefined) {
      return undefined;
    }
    this.#turns.sent(series.count);
    this.#refund(transfer);
    const { local, remote } = transfer;
    const { count, heads, bodies, bodyBytes } = series;
    return { local, remote, count, heads, bodies, bodyBytes };
  }

  /** Puts the blocks of the pack before the other answers. */
  #unpack(): void {
    const pack = this.#pack.isEmpty ? undefined : this.#pack.take();
    if (pack !== undefined) {
      const { local } = pack;
      this.#answers.unshift(...unpacked(pack).map((datagram) => ({ local, ...datagram })));
    }
  }

  #seriesOf(transfer: ServerTransfer<Local>, most: number): OutgoingSeries | undefined {
    const { machine } = transfer;
    // Each datagram for a silent peer is charged to its source.
    if (!(machine instanceof SendTransfer && machine.isPeerAnswering)) {
      return undefined;
    }
    try {
      const series = machine.nextSeries(most);
      return transfer.isActive ? series : undefined;
    } catch (error) {
      this.fault(transfer, error, this.#now);
      return undefined;
    }
  }

  /** Returns the next datagram of a transfer; undefined if it has none, or has ended. */
  #datagramOf(transfer: ServerTransfer<Local>): OutgoingDatagram | undefined {
    try {
      const datagram = transfer.machine?.nextDatagram();
      return transfer.isActive ? datagram : undefined;
    } catch (error) {
      this.fault(transfer, error, this.#now);
      return undefined;
    }
  }

  /** Returns the next event. The queue is complete once `nextDatagram` has returned undefined. */
  nextEvent(): EndpointEvent<Local> | undefined {
    return this.#events.length === 0 ? undefined : this.#events.shift();
  }

  #pass(datagram: Uint8Array, transfer: ServerTransfer<Local>): void {
    const { machine } = transfer;
    // An ACK that arrives before the answer has left can only be an attacker's guess.
    const isEarly = transfer.answeredAfter === this.#departures && isAck(datagram);
    if (machine !== undefined && !isEarly) {
      try {
        // A receiver keeps the data until its events are handled, when the datagram may be gone.
        const isSender = machine instanceof SendTransfer;
        machine.receive(isSender ? datagram : new Uint8Array(datagram), this.#now);
      } catch (error) {
        this.fault(transfer, error, this.#now);
      }
      if (transfer.isLockStep && !transfer.isQueued && this.#turns.current === undefined) {
        this.#answerAtOnce(transfer);
      } else {
        this.#enqueue(transfer);
      }
      this.#places.progressed(transfer, machine.progressedAt);
    }
  }

  /**
   * Queues the one datagram of a transfer in lock-step, while no other transfer waits for its turn. A turn
   * would give the same result, but only after the other datagrams of the batch have taken the place of this
   * transfer in the processor's cache.
   */
  #answerAtOnce(transfer: ServerTransfer<Local>): void {
    if (this.#addToPack(transfer)) {
      transfer.answeredAfter = this.#departures;
    } else {
      const datagram = this.#datagramOf(transfer);
      if (datagram !== undefined && this.#maySend(transfer, datagram)) {
        transfer.answeredAfter = this.#departures;
        this.#answers.push(routed(transfer, datagram));
      }
    }
    this.#settle(transfer);
  }

  /** Adds the next block of a transfer to the pack; returns false if that is not possible. */
  #addToPack(transfer: ServerTransfer<Local>): boolean {
    const { machine, local, remote } = transfer;
    const isApt =
      machine instanceof SendTransfer && machine.isPeerAnswering && this.#pack.hasRoomFor(local);
    try {
      if (!isApt || !machine.nextPlace(this.#place) || !transfer.isActive) {
        return false;
      }
    } catch (error) {
      this.fault(transfer, error, this.#now);
      return false;
    }
    this.#pack.add(local, remote, this.#place);
    this.#refund(transfer);
    return true;
  }

  #answerOrphan(path: EndpointPath<Local>): void {
    const { remote } = path;
    const isAnswered =
      !this.#ended.has(clientOf(remote), this.#now) &&
      this.#options.allow(remote.address) &&
      this.#orphanAnswers.take(this.#now);
    if (isAnswered) {
      this.#answerError(path, WireErrorCode.unknownTransferId);
    }
  }

  #receiveRequest(
    datagram: Uint8Array,
    path: EndpointPath<Local>,
    current: ServerTransfer<Local> | undefined,
  ): void {
    const { remote } = path;
    const earlyDropReason =
      current === undefined ? this.#admission.earlyDropReason(remote, this.#now) : undefined;
    if (earlyDropReason !== undefined) {
      this.#tellDropped(path, earlyDropReason);
      return;
    }
    if (!this.#options.allow(remote.address)) {
      this.#tellDenied(remote);
      return;
    }
    if (current === undefined && this.#refused.has(refusalOf(remote, datagram), this.#now)) {
      return;
    }
    const isRepeated = current?.isRepeatedBy(datagram) === true && this.#isRepetition(current);
    const isForListener =
      (this.#options.fallsBackToListener ?? true) &&
      (isRepeated ? this.#isUnheard(current) : this.#reach.isOutOfReach(remote.address, this.#now));
    if (isRepeated && !isForListener) {
      if (!this.#admission.mayRepeat(remote, this.#now)) {
        this.#tellDropped(path, 'requestRate');
        return;
      }
      current.machine?.repeatAnswer(this.#now, datagram.length);
      this.#enqueue(current);
      return;
    }
    if (current?.isEstablished(this.#now) === true) {
      this.#tellDropped(path, 'transferInProgress');
      return;
    }
    const decision = this.#admission.decide(remote, this.#now);
    if (!decision.ok) {
      this.#tellDropped(path, decision.reason);
      return;
    }
    const reading = readRequest(datagram, this.#options.acceptsWrites);
    if (reading.type === 'refused') {
      const { request, code, reason } = reading;
      this.#answerRefusal(path, datagram, code);
      this.#events.push({ type: 'refused', ...path, request, code, reason });
    } else {
      const { request, mode } = reading;
      const { standing } = decision;
      const terms = { openMs: this.#limits.openMs, isForListener, standing };
      this.#begin(new ServerTransfer(request, mode, path, datagram, this.#now, terms), current);
    }
  }

  /** Returns true if the client does not seem to receive answers from the transfer's own socket. */
  #isUnheard(transfer: ServerTransfer<Local>): boolean {
    const { local, listener, isPeerProven } = transfer;
    const isLate = this.#reach.hasWaitedFor(transfer, this.#now);
    return isLate && local !== listener && !isPeerProven;
  }

  #isRepetition(current: ServerTransfer<Local>): boolean {
    return !current.isPeerProven || this.#now - current.startedAt < REPETITION_MS;
  }

  #begin(transfer: ServerTransfer<Local>, replaced: ServerTransfer<Local> | undefined): void {
    const { listener, remote } = transfer;
    if (replaced !== undefined && this.#isAccepting) {
      this.#end(replaced, { type: 'replaced' });
    }
    const reason = this.#isAccepting ? this.#places.take(transfer, this.#now) : 'draining';
    if (reason !== undefined) {
      this.#tellDropped({ local: listener, remote }, reason);
      return;
    }
    this.#paths.add(transfer);
    this.#active.add(transfer);
    this.#deadlines.schedule(transfer);
    this.#events.push({ type: 'requested', transfer });
  }

  #evict(transfer: ServerTransfer<Local>, limit: EvictingLimit): void {
    const { machine } = transfer;
    const isSilent = machine !== undefined && this.#now - machine.progressedAt >= SILENT_MS;
    this.#end(transfer, { type: 'evicted', isSilent });
    const count = this.#reports.count(limit, this.#now);
    if (count > 0) {
      this.#events.push({ type: 'evictions', limit, count });
    }
  }

  #tellFault(error: unknown): void {
    const count = this.#reports.count('fault', this.#now);
    if (count > 0) {
      this.#events.push({ type: 'fault', error, count });
    }
  }

  #tellDropped(path: EndpointPath<Local>, reason: DropReason): void {
    const count = this.#reports.count(reason, this.#now);
    if (count > 0) {
      this.#events.push({ type: 'dropped', ...path, reason, count });
    }
  }

  #tellDenied(remote: TftpEndpointAddress): void {
    if (!this.#denied.has(remote.address, this.#now)) {
      this.#denied.note(remote.address, this.#now);
      this.#events.push({ type: 'denied', remote });
    }
  }

  /** Negotiates the options. If they cannot be agreed on, refuses the request and returns undefined. */
  #agree(
    transfer: ServerTransfer<Local>,
    terms: AcceptanceTerms<Local>,
    facts: NegotiationFacts,
    now: number,
  ): { optionAck: TftpOptions; parameters: TransferParameters } | undefined {
    this.#now = now;
    if (!transfer.isActive) {
      return undefined;
    }
    const isProvable = terms.local !== undefined || facts.direction === 'write';
    const policy = isProvable ? terms.policy : withoutWindow(terms.policy);
    const outcome = negotiate(transfer.request.options, policy, facts);
    if (outcome.ok) {
      return outcome;
    }
    const [name, value] = outcome.option;
    this.refuse(transfer, WireErrorCode.optionNegotiation, `option ${name}=${value}`, now);
    return undefined;
  }

  #start(transfer: ServerTransfer<Local>, { local }: AcceptanceTerms<Local>): void {
    if (local !== undefined) {
      this.#paths.own(transfer, local);
      this.#reach.answered(transfer);
    }
    this.#enqueue(transfer);
  }

  #end(transfer: ServerTransfer<Local>, ending: TransferEnding): void {
    this.#report(transfer, ending);
    this.#forget(transfer);
  }

  #report(transfer: ServerTransfer<Local>, ending: TransferEnding): void {
    if (!transfer.isReported) {
      transfer.isReported = true;
      this.#events.push({ type: 'ended', transfer, ending });
    }
  }

  #forget(transfer: ServerTransfer<Local>): void {
    transfer.isActive = false;
    this.#deadlines.cancel(transfer);
    this.#active.delete(transfer);
    this.#places.giveBack(transfer);
    this.#paths.remove(transfer);
    // Only proven clients are noted: forged requests must not push them out of this bounded list.
    if (transfer.isPeerProven) {
      this.#ended.note(clientOf(transfer.remote), this.#now);
    }
    this.#reach.ended(transfer);
  }

  /** Records that the peer of a transfer has proven its address. */
  #markProven(transfer: ServerTransfer<Local>): void {
    transfer.isHalfOpen = false;
    this.#places.proven(transfer);
    if (transfer.local !== transfer.listener) {
      this.#reach.heard(transfer, this.#now);
    } else if (transfer.hasFallenBack) {
      this.#reach.heardByListenerOnly(transfer.remote.address, this.#now);
    }
  }

  /**
   * Records that the client of a transfer with its own socket was given up without ever having answered
   * there.
   */
  #lost(transfer: ServerTransfer<Local>): void {
    if (!transfer.isPeerProven && (this.#options.fallsBackToListener ?? true)) {
      this.#reach.lost(transfer, this.#now);
    }
  }

  #enqueue(transfer: ServerTransfer<Local>): void {
    if (!transfer.isQueued && transfer.isActive) {
      transfer.isQueued = true;
      this.#turns.add(transfer);
    }
  }

  /** Handles the events of a machine that has nothing more to send. */
  #settle(transfer: ServerTransfer<Local>): void {
    if (!transfer.isActive || transfer.machine === undefined) {
      return;
    }
    if (transfer.isHalfOpen && transfer.isPeerProven) {
      this.#markProven(transfer);
    }
    if (transfer.chargedBytes > 0 && transfer.isPeerAnswering) {
      this.#refund(transfer);
    }
    const { machine } = transfer;
    if (!transfer.isDeliveryReported && machine instanceof SendTransfer && machine.isDelivered) {
      transfer.isDeliveryReported = true;
      this.#events.push({ type: 'delivered', transfer });
    }
    for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) {
      if (event.type === 'data') {
        this.#events.push({ ...event, transfer });
      } else if (event.type !== 'negotiated') {
        if (event.type === 'completed' && !event.finalAckMissing) {
          this.#admission.completed(transfer.remote.address, this.#now);
        }
        const isOwn = transfer.local !== transfer.listener;
        if (event.type === 'failed' && event.failure.by === 'timeout' && isOwn) {
          this.#lost(transfer);
        }
        this.#report(transfer, event);
      }
    }
    // A receiver lingers after its end was reported, in case its last ACK was lost.
    if (!this.#deadlines.schedule(transfer)) {
      this.#forget(transfer);
    }
  }

  /** Answers a request with an ERROR, and its repetitions with nothing. */
  #answerRefusal(
    path: EndpointPath<Local>,
    request: Uint8Array,
    code: number,
    text?: string,
  ): void {
    if (this.#answerError(path, code, text)) {
      this.#refused.note(refusalOf(path.remote, request), this.#now);
    }
  }

  /** Answers with an ERROR; returns false if the source may get no answer. */
  #answerError(path: EndpointPath<Local>, code: number, text = wireMessage(code)): boolean {
    const head = encodePacket({ type: 'error', code, message: text });
    const isSent = this.#mayAnswer(path.remote, { head });
    if (isSent) {
      this.#answers.push({ ...path, head });
    }
    return isSent;
  }

  /** Returns true if a datagram may be sent; charges it to the source while the peer is silent. */
  #maySend(transfer: ServerTransfer<Local>, datagram: OutgoingDatagram): boolean {
    const { remote } = transfer;
    if (!transfer.isPeerAnswering) {
      const isCovered = this.#mayAnswer(remote, datagram);
      transfer.chargedBytes += isCovered ? lengthOf(datagram) : 0;
      return isCovered;
    }
    this.#refund(transfer);
    return true;
  }

  /** Refunds what was charged before the peer of a transfer answered. */
  #refund(transfer: ServerTransfer<Local>): void {
    if (transfer.chargedBytes > 0) {
      this.#admission.refund(transfer.remote.address, transfer.chargedBytes);
      transfer.chargedBytes = 0;
    }
  }

  #mayAnswer(remote: TftpEndpointAddress, datagram: OutgoingDatagram): boolean {
    return this.#admission.mayAnswer(remote.address, lengthOf(datagram), this.#now);
  }
}

function routed<Local>(
  { local, remote }: ServerTransfer<Local>,
  { head, body }: OutgoingDatagram,
): RoutedDatagram<Local> {
  return body === undefined ? { local, remote, head } : { local, remote, head, body };
}

function clientOf({ address, port }: TftpEndpointAddress): string {
  return `${address} ${port}`;
}

/**
 * Returns the name under which a refused request of a client is remembered. Of a longer request than any that is
 * accepted, only the beginning counts: the whole would take up to 64 KiB of memory.
 */
function refusalOf(client: TftpEndpointAddress, request: Uint8Array): string {
  return `${clientOf(client)} ${readText(request, 0, Math.min(request.length, MAX_REQUEST_BYTES))}`;
}

function lengthOf({ head, body }: OutgoingDatagram): number {
  return head.length + (body?.length ?? 0);
}

/** Returns the policy for a client whose acknowledgements can be forged. */
function withoutWindow(policy: NegotiationPolicy): NegotiationPolicy {
  const maxBlockSize = Math.min(policy.maxBlockSize, MAX_UNPROVEN_BLOCK);
  return { ...policy, maxBlockSize, maxWindowSize: 1 };
}

function netascii(source: BlockSource, { windowsize, blksize }: TransferParameters): BlockSource {
  return new NetasciiSource(source, windowsize * blksize);
}
