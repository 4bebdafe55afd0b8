import { performance } from 'node:perf_hooks';
import { inspect } from 'node:util';

import { WireErrorCode } from '../../codec/constants.js';
import { findOption } from '../../codec/packet.js';
import { BlackHoles, BLOCK_SIZE_IN_BLACK_HOLE } from '../../endpoint/black-holes.js';
import { type AcceptanceTerms } from '../../endpoint/server-endpoint.js';
import { type ServerTransfer } from '../../endpoint/server-transfer.js';
import { type NegotiationPolicy } from '../../negotiation/negotiate.js';
import { parseDecimal } from '../../negotiation/option-value.js';
import { ReceiveTransfer } from '../../transfer/receive-transfer.js';
import { isOutOfResources } from '../content/file-errors.js';
import { HeldBytes } from '../content/held-bytes.js';
import { type TftpWriteRequest } from '../content/sink.js';
import { type TftpReadRequest } from '../content/source.js';
import { type DatagramHandler, type DatagramTransport } from '../udp/datagram-transport.js';
import { LinkMtus, unfragmentedBlockSize } from '../udp/local-addresses.js';
import { type TransferPath, TransferPorts } from '../udp/transfer-ports.js';
import { type Answer, SinkAnswer, SourceAnswer, wireCodeOf } from './answer.js';
import { type EndpointDriver } from './endpoint-driver.js';
import { type TftpServerConfig } from './server-config.js';
import { progressEvent, startedEvent } from './transfer-report.js';
import { UploadWindows } from './upload-windows.js';

type Transfer = ServerTransfer<DatagramTransport>;

/**
 * Codes of the errors that report ICMP messages to a connected socket. Anyone can forge those, so they do not
 * end a transfer; if its client is gone, the transfer times out.
 */
const ICMP_ERRORS: ReadonlySet<unknown> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EHOSTDOWN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENONET'],
  ...['EMSGSIZE', 'ENOPROTOOPT', 'EACCES', 'EPROTO'],
  // The same error on Linux, which Node.js calls ENOTSUP.
  ...['EOPNOTSUPP', 'ENOTSUP'],
]);

/** Resources held by a transfer and released at its end. */
interface Holdings {
  readonly answer: Answer;
  /** Own socket of the transfer; undefined if it uses the listener's. */
  readonly port: DatagramTransport | undefined;
  /** Window of an upload in bytes, as counted by `UploadWindows`. */
  windowBytes: number;
  /** Bytes in the last progress event. */
  reportedBytes: number;
}

/** Opens a source or sink for each request, and releases it at the end of the transfer. */
export class RequestAnswering {
  readonly #config: TftpServerConfig;
  readonly #driver: EndpointDriver;
  readonly #holdings = new Map<Transfer, Holdings>();
  readonly #mtus = new LinkMtus();
  readonly #blackHoles = new BlackHoles();
  readonly #ports: TransferPorts;
  readonly #held: HeldBytes;
  readonly #windows: UploadWindows;
  /** Releases in progress. */
  readonly #releasing = new Set<Promise<void>>();

  constructor(config: TftpServerConfig, driver: EndpointDriver) {
    this.#config = config;
    this.#driver = driver;
    this.#ports = new TransferPorts(config.bind, config.portRange, config.limits.maxSockets);
    this.#held = new HeldBytes(config.limits.maxChunkBytes);
    this.#windows = new UploadWindows(config.limits.maxUploadBytes);
  }

  /** Number of open sockets that serve one transfer each. */
  get sockets(): number {
    return this.#ports.sockets;
  }

  /** Number of bytes held for sending. */
  get chunkBytes(): number {
    return this.#held.bytes;
  }

  /** Sum of the windows of current uploads: the maximum number of bytes that may wait for their sinks. */
  get uploadBytes(): number {
    return this.#windows.bytes;
  }

  /**
   * Opens the source or sink of a request and accepts or refuses the request, unless its transfer has ended
   * meanwhile.
   */
  async answer(transfer: Transfer): Promise<void> {
    let answer: Answer | undefined;
    try {
      const opening = this.#open(transfer);
      // Awaited only if it is a promise, so that other answers are sent in the same turn of the event loop.
      answer = opening instanceof Promise ? await opening : opening;
      if (answer === undefined) {
        this.#refuseMissing(transfer);
      } else if (!transfer.isActive) {
        this.#release(answer.end());
      } else {
        const policy = this.#policy(transfer);
        if (this.#wantsOwnPort(transfer, policy)) {
          await this.#acceptOnOwnPort(transfer, answer, policy);
        } else {
          this.#accept(transfer, answer, policy, undefined);
        }
      }
    } catch (error) {
      if (answer !== undefined) {
        this.#release(answer.end());
      }
      this.#fail(transfer, error);
    }
  }

  /** Refuses a request whose source or sink cannot be opened, or drops it if the system lacks resources. */
  #fail(transfer: Transfer, error: unknown): void {
    const isPassing = isOutOfResources(error);
    const reason = error instanceof Error ? error.message : inspect(error);
    this.#driver.run((endpoint, now) => {
      if (isPassing) {
        // The client repeats its request; an ERROR would be final.
        endpoint.drop(transfer, 'outOfResources', now);
      } else {
        endpoint.refuse(transfer, wireCodeOf(error), reason, now, error);
      }
    });
  }

  /** Passes data of a write request to its sink. */
  take(transfer: Transfer, data: Uint8Array, isLast: boolean): void {
    const answer = this.answerTo(transfer);
    if (answer instanceof SinkAnswer) {
      answer.take(data, isLast);
    }
  }

  /** Returns the answer of a transfer; undefined before it is accepted and after it has ended. */
  answerTo(transfer: Transfer): Answer | undefined {
    return this.#holdings.get(transfer)?.answer;
  }

  /** Releases the resources of a transfer that has ended. */
  end(transfer: Transfer): void {
    const holdings = this.#holdings.get(transfer);
    if (holdings !== undefined) {
      this.#holdings.delete(transfer);
      this.#windows.giveBack(holdings.windowBytes);
      this.#release(holdings.answer.end());
      if (holdings.port !== undefined) {
        this.#release(this.#ports.close(holdings.port));
      }
    }
  }

  /** Reports all transfers that made progress since their last report. */
  reportProgress(): void {
    for (const [transfer, holdings] of this.#holdings) {
      const progress = progressEvent(transfer, holdings.answer);
      if (progress.bytes > holdings.reportedBytes) {
        holdings.reportedBytes = progress.bytes;
        this.#config.onEvent(progress);
      }
    }
  }

  /** Resolves once all releases are finished. */
  async settled(): Promise<void> {
    await Promise.all(this.#releasing);
  }

  #open(transfer: Transfer): Answer | undefined | Promise<Answer | undefined> {
    const { request } = transfer;
    return request.type === 'rrq' ? this.#openSource(transfer) : this.#openSink(transfer);
  }

  #openSource(transfer: Transfer): Answer | undefined | Promise<Answer | undefined> {
    const found = this.#config.source?.(readRequest(transfer));
    const answer = (source: Awaited<typeof found>): Answer | undefined => {
      try {
        return source && new SourceAnswer(transfer, source, this.#held, this.#driver);
      } catch (error) {
        this.#release(Promise.resolve(source?.close?.()));
        throw error;
      }
    };
    return found instanceof Promise ? found.then(answer) : answer(found);
  }

  #openSink(transfer: Transfer): Answer | undefined | Promise<Answer | undefined> {
    const request = writeRequest(transfer);
    const found = this.#config.sink?.(request);
    const answer = (sink: Awaited<typeof found>): Answer | undefined =>
      sink && new SinkAnswer(transfer, sink, request.announcedBytes, this.#driver);
    return found instanceof Promise ? found.then(answer) : answer(found);
  }

  #refuseMissing(transfer: Transfer): void {
    const isRead = transfer.request.type === 'rrq';
    const [code, reason] =
      isRead && this.#config.source !== undefined
        ? [WireErrorCode.fileNotFound, 'file not found']
        : [WireErrorCode.accessViolation, isRead ? 'no source' : 'no sink accepts this file'];
    this.#driver.run((endpoint, now) => {
      endpoint.refuse(transfer, code, reason, now);
    });
  }

  #wantsOwnPort(transfer: Transfer, policy: NegotiationPolicy): boolean {
    if (!this.#config.singlePort) {
      return true;
    }
    let isWanted = false;
    this.#driver.run((endpoint, now) => {
      isWanted = endpoint.wantsOwnSocket(transfer, policy, now);
    });
    return isWanted;
  }

  async #acceptOnOwnPort(
    transfer: Transfer,
    answer: Answer,
    policy: NegotiationPolicy,
  ): Promise<void> {
    const { remote, listener } = transfer;
    // An IPv6 listener may accept IPv4 as well, but the socket bound here accepts only its own family.
    const address = remote.family === listener.local.family ? listener.local.address : '0.0.0.0';
    const handler: DatagramHandler = {
      received: (batch) => {
        if (typeof port === 'object') {
          this.#driver.receiveOwn(transfer, port, batch);
        }
      },
      failed: (error) => {
        if ('code' in error && ICMP_ERRORS.has(error.code)) {
          return;
        }
        this.#driver.run((endpoint, now) => {
          endpoint.abort(transfer, WireErrorCode.notDefined, error.message, now);
        });
      },
    };
    const path = { address, peer: remote };
    let port = await this.#bindOwnPort(path, handler);
    if (port === undefined && !this.#config.singlePort && this.#freeOwnPort(transfer)) {
      port = await this.#bindOwnPort(path, handler);
    }
    const own = port === 'unreachable' ? undefined : port;
    if (own === undefined && !this.#config.singlePort) {
      this.#release(answer.end());
      this.#driver.run((endpoint, now) => {
        endpoint.drop(transfer, 'portsExhausted', now);
      });
    } else {
      this.#accept(transfer, answer, policy, own);
    }
  }

  /** Frees the port of a transfer that may be evicted; returns false if there is none. */
  #freeOwnPort(transfer: Transfer): boolean {
    let isFreed = false;
    this.#driver.run((endpoint, now) => {
      isFreed = transfer.isActive && endpoint.freeSocket(transfer, now);
    });
    return isFreed;
  }

  /**
   * Binds a socket for one transfer.
   *
   * @returns undefined if no socket or port is left, or the system refuses to bind one; `unreachable` if the
   * system has no route to the client, whose address may be forged
   */
  async #bindOwnPort(
    path: TransferPath,
    handler: DatagramHandler,
  ): Promise<DatagramTransport | 'unreachable' | undefined> {
    try {
      return await this.#ports.bind(path, handler);
    } catch (error) {
      if (error instanceof Error && 'syscall' in error && error.syscall === 'connect') {
        // As with a datagram that cannot be sent, the client gets no answer.
        return 'unreachable';
      }
      const { address } = path;
      this.#config.onEvent({ type: 'socketError', address, port: 0, error: asError(error) });
      return undefined;
    }
  }

  #accept(
    transfer: Transfer,
    answer: Answer,
    policy: NegotiationPolicy,
    port: DatagramTransport | undefined,
  ): void {
    const holdings: Holdings = { answer, port, windowBytes: 0, reportedBytes: 0 };
    this.#holdings.set(transfer, holdings);
    const terms: AcceptanceTerms<DatagramTransport> = { policy, local: port };
    this.#driver.run((endpoint, now) => {
      const isAccepted =
        answer instanceof SourceAnswer
          ? endpoint.acceptRead(transfer, answer.reader, terms, now)
          : endpoint.acceptWrite(transfer, terms, now);
      if (isAccepted) {
        if (transfer.machine instanceof ReceiveTransfer) {
          holdings.windowBytes = this.#windows.grant(transfer.machine.parameters);
        }
        this.#blackHoles.watch(transfer);
        this.#config.onEvent(startedEvent(transfer, answer));
      } else {
        this.end(transfer);
      }
    });
  }

  #policy(transfer: Transfer): NegotiationPolicy {
    const { negotiation, maxBlockSize, quirks } = this.#config;
    const quirk = quirks(readRequest(transfer));
    const { remote } = transfer;
    const mtu = this.#mtus.towards(remote);
    const fitting = maxBlockSize ?? unfragmentedBlockSize(mtu, remote.family);
    const cap = this.#isInBlackHole(transfer)
      ? Math.min(fitting, BLOCK_SIZE_IN_BLACK_HOLE)
      : fitting;
    const policy: NegotiationPolicy = {
      ...negotiation,
      maxBlockSize: Math.min(cap, quirk?.maxBlockSize ?? cap),
      maxWindowSize: Math.min(negotiation.maxWindowSize, quirk?.maxWindowSize ?? Infinity),
      refuse: new Set([...negotiation.refuse, ...(quirk?.refuseOptions ?? [])]),
    };
    return transfer.request.type === 'wrq' ? this.#windows.limit(policy) : policy;
  }

  /** Returns true if large blocks do not reach a client; reports it when first discovered. */
  #isInBlackHole({ remote, listener, request }: Transfer): boolean {
    const now = performance.now();
    const lostBlksize = this.#blackHoles.discover(remote.address, now);
    if (lostBlksize !== undefined) {
      this.#config.onEvent({
        type: 'largeBlocksLost',
        filename: request.filename,
        remote,
        local: listener.local,
        blksize: lostBlksize,
        maxBlockSize: BLOCK_SIZE_IN_BLACK_HOLE,
      });
    }
    return this.#blackHoles.has(remote.address, now);
  }

  /** Lets a release finish in the background; {@link settled} waits for it. */
  #release(ending: Promise<void>): void {
    const settled = ending
      .catch((error: unknown) => {
        this.#config.onEvent({ type: 'sourceError', error });
      })
      .finally(() => {
        this.#releasing.delete(settled);
      });
    this.#releasing.add(settled);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function readRequest({ request, mode, remote, listener }: Transfer): TftpReadRequest {
  const { filename, options } = request;
  return { filename, mode, options, remote, local: listener.local };
}

function writeRequest(transfer: Transfer): TftpWriteRequest {
  const announced = parseDecimal(findOption(transfer.request.options, 'tsize') ?? '');
  return {
    ...readRequest(transfer),
    ...(announced !== undefined && { announcedBytes: announced }),
  };
}
