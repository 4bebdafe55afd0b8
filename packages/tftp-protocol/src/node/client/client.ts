import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { performance } from 'node:perf_hooks';

import { TFTP_PORT, WireErrorCode } from '../../codec/constants.js';
import { TftpError } from '../../errors.js';
import { NetasciiSource } from '../../netascii/netascii-source.js';
import { NetasciiDecoder } from '../../netascii/netascii.js';
import { type BlockSource } from '../../transfer/machine.js';
import { ReceiveTransfer } from '../../transfer/receive-transfer.js';
import { SendTransfer } from '../../transfer/send-transfer.js';
import { bytesSource } from '../content/source.js';
import { StreamSource } from '../content/stream-source.js';
import { expectChoice, expectInteger } from '../option-values.js';
import { abortError, hostAndPort, unreachableError } from './client-errors.js';
import {
  type ClientTransferConfig,
  parseTransferOptions,
  requestOptions,
  type TftpClientOptions,
  type TftpDownloadStream,
  type TftpGetOptions,
  type TftpPutOptions,
  type TftpSummary,
} from './client-options.js';
import { type ClientTarget, ClientTransfer, type ClientTransferTerms } from './client-transfer.js';

const DEFAULT_MAX_BYTES = 1024 * 1024 * 1024;

/** Client of one TFTP server. */
export interface TftpClient extends AsyncDisposable {
  /**
   * Reads a file into memory.
   *
   * @throws {@link TftpError} with one of these codes: `ERR_TFTP_REMOTE` with the server's `wireCode`,
   * `ERR_TFTP_UNREACHABLE`, `ERR_TFTP_TIMEOUT`, `ERR_TFTP_ABORTED`, `ERR_TFTP_NEGOTIATION`,
   * `ERR_TFTP_PROTOCOL`
   * @throws RangeError when a number is out of its range, another option is not one of its choices, or the file
   * name is empty, too long, or has a NUL or a character above U+00FF
   */
  get(filename: string, options?: TftpGetOptions): Promise<Uint8Array>;
  /**
   * Reads a file as a stream. Resolves once the server has answered, so a missing file rejects this promise
   * rather than the stream. A slow reader makes the server wait.
   *
   * @throws {@link TftpError} and RangeError as described at {@link TftpClient.get}
   */
  getStream(filename: string, options?: TftpGetOptions): Promise<TftpDownloadStream>;
  /**
   * Writes a file.
   *
   * @throws {@link TftpError} and RangeError as described at {@link TftpClient.get}
   */
  put(
    filename: string,
    content: Uint8Array | ReadableStream<Uint8Array>,
    options?: TftpPutOptions,
  ): Promise<TftpSummary>;
  /** Ends all transfers; no more can be started. */
  close(): Promise<void>;
}

/**
 * Creates a client of one TFTP server. A host name is resolved only once, by this call.
 *
 * @throws {@link TftpError} (`ERR_TFTP_UNREACHABLE`) when the host name has no address, or none of the family
 * of `localAddress`
 * @throws RangeError when a number is out of its range, or another option is not one of its choices
 * @throws TypeError when the host is empty or not a string
 */
export async function createTftpClient(options: TftpClientOptions): Promise<TftpClient> {
  const { host, port, family } = options;
  if (typeof host !== 'string' || host === '') {
    throw new TypeError(`host must be a name or an address, got ${JSON.stringify(host)}`);
  }
  if (port !== undefined) {
    expectInteger('port', port, { least: 1, most: 0xffff });
  }
  if (family !== undefined) {
    expectChoice('family', family, [4, 6]);
  }
  parseTransferOptions(options);
  return new ResolvedClient(options, await resolveTarget(options));
}

async function resolveTarget(options: TftpClientOptions): Promise<ClientTarget> {
  const { host, port = TFTP_PORT, localAddress } = options;
  const name = hostAndPort(host, port);
  const ownFamily = localAddress === undefined ? 0 : isIP(localAddress);
  let found: Awaited<ReturnType<typeof lookup>>;
  try {
    found = await lookup(host, { family: options.family ?? ownFamily });
  } catch (error) {
    throw unreachableError(name, error);
  }
  if (localAddress !== undefined && found.family !== ownFamily) {
    throw new TftpError(`${name}: cannot send from ${localAddress} to ${found.address}`, {
      code: 'ERR_TFTP_UNREACHABLE',
    });
  }
  const family = found.family === 6 ? 'IPv6' : 'IPv4';
  return { address: { address: found.address, port, family }, name, localAddress };
}

class ResolvedClient implements TftpClient {
  readonly #options: TftpClientOptions;
  readonly #target: ClientTarget;
  /** Transfers that are not yet closed. */
  readonly #transfers = new Set<{ cancel(cause: unknown): Promise<void> }>();
  #isClosed = false;

  constructor(options: TftpClientOptions, target: ClientTarget) {
    this.#options = options;
    this.#target = target;
  }

  async get(filename: string, options: TftpGetOptions = {}): Promise<Uint8Array> {
    const limited = { maxBytes: DEFAULT_MAX_BYTES, ...options };
    const { content } = await this.#read(filename, limited);
    const pieces: Uint8Array[] = [];
    for await (const bytes of content) {
      pieces.push(bytes);
    }
    return concatenated(pieces);
  }

  async getStream(filename: string, options: TftpGetOptions = {}): Promise<TftpDownloadStream> {
    const { transfer, content } = await this.#read(filename, options);
    const stream = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const next = await content.next();
          if (next.done === true) {
            controller.close();
          } else {
            controller.enqueue(next.value);
          }
        },
        cancel: (reason) => transfer.cancel(reason),
      },
      { highWaterMark: 0 },
    );
    const { tsize, blksize, windowsize } = transfer.machine.parameters;
    return { stream, size: tsize, blksize, windowsize, serverPort: transfer.serverPort };
  }

  async put(
    filename: string,
    content: Uint8Array | ReadableStream<Uint8Array>,
    options: TftpPutOptions = {},
  ): Promise<TftpSummary> {
    const config = parseTransferOptions(this.#options, options);
    if (options.size !== undefined) {
      expectInteger('size', options.size, { least: 0 });
    }
    const windowBytes = config.windowsize * config.blksize;
    const isNetascii = config.mode === 'netascii';
    let transfer: ClientTransfer<SendTransfer> | undefined;
    let stream: StreamSource | undefined;
    let source: BlockSource;
    let contentBytes = options.size;
    if (content instanceof Uint8Array) {
      source = bytesSource(content);
      contentBytes = content.length;
    } else {
      stream = new StreamSource(content, options.size, windowBytes, {
        ready: () => {
          transfer?.run((machine, now) => {
            machine.resume(now);
          });
        },
        failed: (error) => {
          void transfer?.cancel(error);
        },
      });
      source = stream;
    }
    // Netascii encoding makes a file grow by an unknown amount.
    const size = isNetascii ? undefined : contentBytes;
    try {
      const accepted = await this.#request(config, (withOptions) => {
        const request = {
          type: 'wrq',
          filename,
          mode: config.mode,
          options: withOptions ? requestOptions(config, size) : [],
        } as const;
        const machine = new SendTransfer(
          {
            opening: { type: 'request', request },
            source: isNetascii ? new NetasciiSource(source, windowBytes) : source,
            retransmission: config.retransmission,
          },
          performance.now(),
        );
        transfer = this.#transfer(machine, { ...options, size });
        return transfer;
      });
      return await summaryOf(accepted);
    } catch (error) {
      await stream?.cancel(error);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#transfers].map((transfer) => transfer.cancel(CLOSED)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Requests a file; resolves once the server has answered. */
  async #read(filename: string, options: TftpGetOptions): Promise<Download> {
    const config = parseTransferOptions(this.#options, options);
    const { maxBytes = Infinity } = options;
    expectInteger('maxBytes', maxBytes, { least: 0, orInfinity: true });
    const transfer = await this.#request(config, (withOptions) => {
      const request = {
        type: 'rrq',
        filename,
        mode: config.mode,
        options: withOptions ? requestOptions(config, 0) : [],
      } as const;
      const { retransmission } = config;
      const machine = new ReceiveTransfer(
        { opening: { type: 'request', request }, retransmission },
        performance.now(),
      );
      return this.#transfer(machine, options);
    });
    if ((transfer.machine.parameters.tsize ?? 0) > maxBytes) {
      await this.#refuseSize(transfer, maxBytes);
    }
    // In netascii, servers disagree on what `tsize` counts.
    const isSizeChecked = (options.checkSize ?? true) && config.mode === 'octet';
    return { transfer, content: this.#content(transfer, config, { maxBytes, isSizeChecked }) };
  }

  /** Yields the bytes of a file. */
  async *#content(
    transfer: ClientTransfer<ReceiveTransfer>,
    { mode }: ClientTransferConfig,
    { maxBytes, isSizeChecked }: { readonly maxBytes: number; readonly isSizeChecked: boolean },
  ): AsyncGenerator<Uint8Array, void> {
    const netascii = mode === 'netascii' ? new NetasciiDecoder() : undefined;
    let taken = 0;
    for await (const event of transfer) {
      if (event.type !== 'data') {
        continue;
      }
      const bytes = netascii?.push(event.data) ?? event.data;
      taken += bytes.length;
      if (taken > maxBytes) {
        await this.#refuseSize(transfer, maxBytes);
      }
      if (event.isLast) {
        if (isSizeChecked) {
          await this.#expectSize(transfer);
        }
        transfer.run((machine, now) => {
          machine.finish(now);
        });
        yield bytes;
        yield netascii?.finish() ?? NOTHING;
      } else {
        yield bytes;
      }
    }
  }

  /**
   * Ends the transfer if the size of the file differs from the announced `tsize`.
   *
   * @throws {@link TftpError} (`ERR_TFTP_PROTOCOL`) if they differ
   */
  async #expectSize(transfer: ClientTransfer<ReceiveTransfer>): Promise<void> {
    const { parameters, stats } = transfer.machine;
    const { tsize = 0 } = parameters;
    // Some servers echo the 0 of the request.
    if (tsize !== 0 && tsize !== stats.bytesReceived) {
      const message =
        `${this.#target.name}: expected ${tsize} bytes (tsize), got ${stats.bytesReceived}. ` +
        'To accept the file, set "checkSize" to false';
      const error = new TftpError(message, { code: 'ERR_TFTP_PROTOCOL' });
      await transfer.abort(error, WireErrorCode.notDefined, 'Size differs from tsize');
      throw error;
    }
  }

  /** Sends a request; repeats it without options if the server refuses them (RFC 2347). */
  async #request<Machine extends SendTransfer | ReceiveTransfer>(
    { retryWithoutOptions }: ClientTransferConfig,
    create: (withOptions: boolean) => ClientTransfer<Machine>,
  ): Promise<ClientTransfer<Machine>> {
    const first = create(true);
    try {
      await first.start();
      return first;
    } catch (error) {
      if (!retryWithoutOptions || !isRefusalOfOptions(error)) {
        throw error;
      }
    }
    const second = create(false);
    await second.start();
    return second;
  }

  #transfer<Machine extends SendTransfer | ReceiveTransfer>(
    machine: Machine,
    options: Omit<ClientTransferTerms, 'onClosed'>,
  ): ClientTransfer<Machine> {
    if (this.#isClosed) {
      throw abortError(this.#target.name, CLOSED);
    }
    const transfer = new ClientTransfer(machine, this.#target, {
      ...options,
      onClosed: () => {
        this.#transfers.delete(transfer);
      },
    });
    this.#transfers.add(transfer);
    return transfer;
  }

  /** Ends the transfer because the file is too large. */
  async #refuseSize(transfer: ClientTransfer<ReceiveTransfer>, maxBytes: number): Promise<never> {
    const message = `${this.#target.name}: the file is larger than ${maxBytes} bytes`;
    const wireCode = WireErrorCode.diskFull;
    const error = new TftpError(message, { code: 'ERR_TFTP_ABORTED', wireCode });
    await transfer.abort(error, wireCode, 'Too large');
    throw error;
  }
}

const CLOSED = 'the client is closed';

const NOTHING = new Uint8Array(0);

/** File being read. */
interface Download {
  readonly transfer: ClientTransfer<ReceiveTransfer>;
  /** Content of the file; pieces may be empty. */
  readonly content: AsyncGenerator<Uint8Array, void>;
}

function isRefusalOfOptions(error: unknown): boolean {
  return (
    error instanceof TftpError &&
    error.code === 'ERR_TFTP_REMOTE' &&
    error.wireCode === WireErrorCode.optionNegotiation
  );
}

/** Waits for the end of a write, and returns its summary. */
async function summaryOf(transfer: ClientTransfer<SendTransfer>): Promise<TftpSummary> {
  let finalAckMissing = false;
  for await (const event of transfer) {
    finalAckMissing = event.type === 'completed' && event.finalAckMissing;
  }
  const { parameters, stats } = transfer.machine;
  const { blksize, windowsize } = parameters;
  return { bytes: stats.bytesAcknowledged, blksize, windowsize, finalAckMissing };
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
