/**
 * The server's side of one or more UDP ports, without the sockets: it tells datagrams apart, takes
 * on requests within its limits, and drives their transfers.
 *
 * ```
 * datagram on a listening socket
 *   from a source outside the allow-list, port 0 or port 69    no answer
 *   request, path unknown                                      a new transfer
 *   request, path known, same bytes, peer silent or young      answered once more at most
 *   request, path known, otherwise                             replaces that transfer, quietly
 *   malformed request                                          ERROR 4, within the rate
 *   anything else, path known                                  for that transfer
 *   anything else                                              no answer
 * datagram on a socket that belongs to one transfer
 *   from its peer                                              for that transfer
 *   from anyone else                                           ERROR 5, within the rate
 * ```
 *
 * A path is a local socket, a remote address and a remote port, so one port serves any number of
 * transfers; a driver may also give each transfer a socket of its own when it accepts it. The driver
 * sends what `nextDatagram` gives, acts on what `nextEvent` tells, and calls `timeout` at
 * `deadline`.
 */
import { WireErrorCode } from '../codec/constants.js';
import { decodePacket, type DecodeFailureReason } from '../codec/decode.js';
import { encodePacket } from '../codec/encode.js';
import { parseTransferMode, type RequestPacket } from '../codec/packet.js';
import { wireMessage } from '../errors.js';
import { negotiate, type NegotiationPolicy } from '../negotiation/negotiate.js';
import { type TransferParameters } from '../negotiation/parameters.js';
import { NetasciiSource } from '../netascii/netascii-source.js';
import { type BlockSource } from '../transfer/block-source.js';
import {
  type OutgoingDatagram,
  type TransferEvent,
  type TransferFailure,
} from '../transfer/machine.js';
import { type PacingPolicy } from '../transfer/pacer.js';
import { type RetransmissionPolicy } from '../transfer/retransmission.js';
import { SendTransfer } from '../transfer/send-transfer.js';
import { type TftpEndpointAddress } from './address.js';
import { Admission, type DropReason } from './admission.js';
import { DenialLog } from './denial-log.js';
import { DeadlineQueue } from './deadline-queue.js';
import { DEFAULT_ENDPOINT_LIMITS, type EndpointLimits } from './limits.js';
import { PeerTable } from './peer-table.js';
import { ServerTransfer } from './server-transfer.js';

/** What a {@link ServerEndpoint} needs. */
export interface ServerEndpointOptions {
  /** Whether write requests are taken on; else they are answered by ERROR 2. */
  readonly acceptsWrites: boolean;
  /** Which source addresses are answered at all. */
  readonly allow: (address: string) => boolean;
  /** @default DEFAULT_ENDPOINT_LIMITS */
  readonly limits?: EndpointLimits;
  /** @default DEFAULT_RETRANSMISSION_POLICY */
  readonly retransmission?: RetransmissionPolicy;
  /** @default DEFAULT_PACING_POLICY */
  readonly pacing?: PacingPolicy;
}

/** A datagram to send, and the path it takes. */
export interface RoutedDatagram<Local> extends OutgoingDatagram {
  readonly local: Local;
  readonly remote: TftpEndpointAddress;
}

/** What a {@link ServerEndpoint} tells its driver. */
export type EndpointEvent<Local> =
  | {
      /** A request was taken on: it is to be accepted or refused. */
      readonly type: 'requested';
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
      /** A request got no answer. */
      readonly type: 'dropped';
      readonly local: Local;
      readonly remote: TftpEndpointAddress;
      readonly reason: DropReason;
    }
  /** A source outside the allow-list got no answer; told once a minute for each address. */
  | { readonly type: 'denied'; readonly remote: TftpEndpointAddress };

/**
 * How a transfer ended: as its machine tells, or `replaced` by the same client's next request, or
 * `evicted` as the oldest whose client never answered, or never `opened` in time.
 */
export type TransferEnding =
  | { readonly type: 'completed'; readonly finalAckMissing: boolean }
  | { readonly type: 'failed'; readonly failure: TransferFailure }
  | { readonly type: 'replaced' | 'evicted' | 'openTimedOut' };

/** The same request within this time of the first is taken for a repetition, in milliseconds. */
const REPETITION_MS = 1_000;

/** Server ports answer no requests from these: the other end would be a server, too. */
const REFUSED_PORTS: ReadonlySet<number> = new Set([0, 69]);

/** The server's side of one or more UDP ports, without the sockets. */
export class ServerEndpoint<Local> {
  readonly #options: ServerEndpointOptions;
  readonly #limits: EndpointLimits;
  readonly #admission: Admission;
  readonly #paths = new PeerTable<Local, ServerTransfer<Local>>();
  /** Sockets that belong to one transfer. */
  readonly #owned = new Map<Local, ServerTransfer<Local>>();
  readonly #active = new Set<ServerTransfer<Local>>();
  /** Transfers whose peer has not answered, oldest first. */
  readonly #halfOpen = new Set<ServerTransfer<Local>>();
  readonly #deadlines = new DeadlineQueue<ServerTransfer<Local>>();
  readonly #queue: ServerTransfer<Local>[] = [];
  readonly #answers: RoutedDatagram<Local>[] = [];
  readonly #events: EndpointEvent<Local>[] = [];
  readonly #denials: DenialLog;
  #isAccepting = true;
  #now = 0;

  constructor(options: ServerEndpointOptions) {
    this.#options = options;
    this.#limits = options.limits ?? DEFAULT_ENDPOINT_LIMITS;
    this.#admission = new Admission(this.#limits);
    this.#denials = new DenialLog();
  }

  /** Transfers that are under way, those still being opened included. */
  get transfers(): ReadonlySet<ServerTransfer<Local>> {
    return this.#active;
  }

  /** When `timeout` wants to be called, in milliseconds; undefined when nothing is under way. */
  get deadline(): number | undefined {
    return this.#deadlines.next;
  }

  /** Takes no new requests from now on; what is under way goes on. */
  drain(): void {
    this.#isAccepting = false;
  }

  /** Takes a datagram that came to `local` from `remote`. */
  receive(datagram: Uint8Array, local: Local, remote: TftpEndpointAddress, now: number): void {
    this.#now = now;
    const owner = this.#owned.get(local);
    if (owner !== undefined) {
      this.#receiveOwned(datagram, owner, remote);
      return;
    }
    const transfer = this.#paths.find(local, remote.address, remote.port);
    if (transfer !== undefined && !isRequest(datagram)) {
      if (transfer.local === local) {
        this.#pass(datagram, transfer);
      }
      return;
    }
    if (REFUSED_PORTS.has(remote.port)) {
      return;
    }
    if (!this.#options.allow(remote.address)) {
      if (this.#denials.isNew(remote.address, this.#now)) {
        this.#events.push({ type: 'denied', remote });
      }
      return;
    }
    this.#receiveRequest(datagram, local, remote, transfer);
  }

  /** Time has passed. */
  timeout(now: number): void {
    this.#now = now;
    for (let due = this.#deadlines.due(now); due !== undefined; due = this.#deadlines.due(now)) {
      if (due.machine === undefined) {
        this.#end(due, { type: 'openTimedOut' });
      } else {
        due.machine.timeout(now);
        this.#enqueue(due);
      }
    }
  }

  /**
   * Answers a read request with a file.
   *
   * @param local - the socket that this transfer gets for itself; its listener's by default
   * @returns false when the transfer is over already, so that the source can be closed
   */
  acceptRead(
    transfer: ServerTransfer<Local>,
    source: BlockSource,
    policy: NegotiationPolicy,
    now: number,
    local: Local = transfer.listener,
  ): boolean {
    this.#now = now;
    if (!transfer.isActive) {
      return false;
    }
    const size = transfer.mode === 'octet' ? source.size : undefined;
    const outcome = negotiate(transfer.request.options, policy, { direction: 'read', size });
    if (!outcome.ok) {
      const [name, value] = outcome.option;
      this.refuse(transfer, WireErrorCode.optionNegotiation, `option ${name}=${value}`, now);
      return false;
    }
    const { optionAck, parameters } = outcome;
    const { retransmission, pacing } = this.#options;
    transfer.machine = new SendTransfer(
      {
        opening: optionAck.length > 0 ? { type: 'offer', optionAck, parameters } : { type: 'data' },
        source: transfer.mode === 'octet' ? source : netascii(source, parameters),
        ...(retransmission && { retransmission }),
        ...(pacing && { pacing }),
      },
      now,
    );
    if (local !== transfer.listener) {
      transfer.local = local;
      this.#owned.set(local, transfer);
    }
    this.#enqueue(transfer);
    return true;
  }

  /**
   * Answers a request by an error and the standard text of its code.
   *
   * @param reason - why, for this side's log
   * @param cause - what was thrown, if anything was
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
      const { listener, remote, request } = transfer;
      this.#forget(transfer);
      this.#answerError(listener, remote, code);
      this.#events.push({ type: 'refused', local: listener, remote, request, code, reason, cause });
    }
  }

  /** Gives up a request that was not accepted yet, without an answer. */
  drop(transfer: ServerTransfer<Local>, reason: DropReason, now: number): void {
    this.#now = now;
    if (transfer.isActive) {
      const { listener, remote } = transfer;
      this.#forget(transfer);
      this.#events.push({ type: 'dropped', local: listener, remote, reason });
    }
  }

  /** The transfer's source has bytes in memory that it lacked before. */
  resume(transfer: ServerTransfer<Local>, now: number): void {
    this.#now = now;
    if (transfer.isActive) {
      transfer.machine?.resume(now);
      this.#enqueue(transfer);
    }
  }

  /** Ends a transfer by an ERROR. */
  abort(transfer: ServerTransfer<Local>, code: number, message: string, now: number): void {
    if (transfer.machine === undefined) {
      this.refuse(transfer, code, message, now);
    } else if (transfer.isActive) {
      this.#now = now;
      transfer.machine.abort(code, message);
      this.#enqueue(transfer);
    }
  }

  /** The next datagram to send, if there is one. */
  nextDatagram(): RoutedDatagram<Local> | undefined {
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined) {
        return answer;
      }
      const transfer = this.#queue[0];
      if (transfer === undefined) {
        return undefined;
      }
      const datagram = transfer.machine?.nextDatagram();
      if (datagram === undefined) {
        this.#queue.shift();
        transfer.isQueued = false;
        this.#settle(transfer);
      } else if (transfer.isPeerProven || this.#mayAnswer(transfer.remote)) {
        const { local, remote } = transfer;
        return datagram.body === undefined
          ? { local, remote, head: datagram.head }
          : { local, remote, head: datagram.head, body: datagram.body };
      }
    }
  }

  /** The next thing that happened, if anything did; complete once `nextDatagram` is drained. */
  nextEvent(): EndpointEvent<Local> | undefined {
    return this.#events.shift();
  }

  #receiveOwned(
    datagram: Uint8Array,
    owner: ServerTransfer<Local>,
    remote: TftpEndpointAddress,
  ): void {
    if (remote.address === owner.remote.address && remote.port === owner.remote.port) {
      this.#pass(datagram, owner);
    } else if (this.#options.allow(remote.address) && !isError(datagram)) {
      this.#answerError(owner.local, remote, WireErrorCode.unknownTransferId);
    }
  }

  #pass(datagram: Uint8Array, transfer: ServerTransfer<Local>): void {
    if (transfer.machine !== undefined) {
      transfer.machine.receive(datagram, this.#now);
      this.#enqueue(transfer);
    }
  }

  #receiveRequest(
    datagram: Uint8Array,
    local: Local,
    remote: TftpEndpointAddress,
    current: ServerTransfer<Local> | undefined,
  ): void {
    if (current?.isRepeatedBy(datagram) && this.#isRepetition(current)) {
      current.machine?.repeatAnswer(this.#now);
      this.#enqueue(current);
      return;
    }
    const decoded = decodePacket(datagram);
    if (!decoded.ok) {
      this.#refuseMalformed(decoded.reason, local, remote);
      return;
    }
    const { packet } = decoded;
    if (packet.type !== 'rrq' && packet.type !== 'wrq') {
      return;
    }
    const mode = parseTransferMode(packet.mode);
    if (mode === undefined) {
      this.#refuseRequest(local, remote, packet, WireErrorCode.illegalOperation, 'unknown mode');
      return;
    }
    if (packet.type === 'wrq' && !this.#options.acceptsWrites) {
      this.#refuseRequest(local, remote, packet, WireErrorCode.accessViolation, 'read only');
      return;
    }
    if (!this.#isAccepting) {
      this.#events.push({ type: 'dropped', local, remote, reason: 'draining' });
      return;
    }
    if (current !== undefined) {
      this.#end(current, { type: 'replaced' });
    }
    const dropped = this.#admission.admit(remote.address, this.#now);
    if (dropped !== undefined) {
      this.#events.push({ type: 'dropped', local, remote, reason: dropped });
      return;
    }
    const path = { local, remote };
    this.#begin(new ServerTransfer(packet, mode, path, datagram, this.#now, this.#limits.openMs));
  }

  #isRepetition(current: ServerTransfer<Local>): boolean {
    return !current.isPeerProven || this.#now - current.startedAt < REPETITION_MS;
  }

  #begin(transfer: ServerTransfer<Local>): void {
    const [oldest] = this.#halfOpen;
    if (oldest !== undefined && this.#halfOpen.size >= this.#limits.maxHalfOpen) {
      this.#end(oldest, { type: 'evicted' });
    }
    const { listener, remote } = transfer;
    this.#paths.add(listener, remote.address, remote.port, transfer);
    this.#active.add(transfer);
    this.#halfOpen.add(transfer);
    this.#deadlines.schedule(transfer);
    this.#events.push({ type: 'requested', transfer });
  }

  #end(transfer: ServerTransfer<Local>, ending: TransferEnding): void {
    this.#forget(transfer);
    this.#events.push({ type: 'ended', transfer, ending });
  }

  #forget(transfer: ServerTransfer<Local>): void {
    const { listener, local, remote } = transfer;
    transfer.isActive = false;
    this.#active.delete(transfer);
    this.#halfOpen.delete(transfer);
    this.#paths.remove(listener, remote.address, remote.port);
    if (local !== listener) {
      this.#owned.delete(local);
    }
    this.#admission.release(remote.address);
  }

  #enqueue(transfer: ServerTransfer<Local>): void {
    if (!transfer.isQueued && transfer.isActive) {
      transfer.isQueued = true;
      this.#queue.push(transfer);
    }
  }

  /** Takes in what a machine has to tell once it has nothing more to send. */
  #settle(transfer: ServerTransfer<Local>): void {
    if (!transfer.isActive || transfer.machine === undefined) {
      return;
    }
    if (transfer.isPeerProven) {
      this.#halfOpen.delete(transfer);
    }
    let event: TransferEvent | undefined;
    while ((event = transfer.machine.nextEvent()) !== undefined) {
      if (event.type !== 'negotiated') {
        this.#end(transfer, event);
        return;
      }
    }
    this.#deadlines.schedule(transfer);
  }

  #refuseMalformed(reason: DecodeFailureReason, local: Local, remote: TftpEndpointAddress): void {
    // What is no request at all is not worth an answer to an address that may be forged.
    if (reason !== 'truncated' && reason !== 'unknownOpcode') {
      this.#refuseRequest(local, remote, undefined, WireErrorCode.illegalOperation, reason);
    }
  }

  #refuseRequest(
    local: Local,
    remote: TftpEndpointAddress,
    request: RequestPacket | undefined,
    code: number,
    reason: string,
  ): void {
    this.#answerError(local, remote, code);
    this.#events.push({ type: 'refused', local, remote, request, code, reason });
  }

  #answerError(local: Local, remote: TftpEndpointAddress, code: number): void {
    if (this.#mayAnswer(remote)) {
      const head = encodePacket({ type: 'error', code, message: wireMessage(code) });
      this.#answers.push({ local, remote, head });
    }
  }

  #mayAnswer(remote: TftpEndpointAddress): boolean {
    return this.#admission.mayAnswer(remote.address, this.#now);
  }
}

function netascii(source: BlockSource, { windowsize, blksize }: TransferParameters): BlockSource {
  return new NetasciiSource(source, windowsize * blksize);
}

function isRequest(datagram: Uint8Array): boolean {
  return datagram[0] === 0 && (datagram[1] === 1 || datagram[1] === 2);
}

function isError(datagram: Uint8Array): boolean {
  return datagram[0] === 0 && datagram[1] === 5;
}
