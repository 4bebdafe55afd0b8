import { createTftpClient, TftpError } from '@pxe/tftp-protocol/node';

import { DOCTOR_OPTION } from '../log/doctor-requests.js';

/** Part of a file that was read over TFTP, and how it was read. */
export interface TftpRead {
  readonly bytes: Buffer;
  /** Size of the file in bytes; undefined if the server does not report it. */
  readonly size: number | undefined;
  readonly ms: number;
  readonly blksize: number;
  readonly windowsize: number;
  /** Port that the server answered from. */
  readonly serverPort: number;
  /** False if the rest of the file was not read. */
  readonly isWhole: boolean;
}

/** Result of {@link readByTftp}. */
export type TftpResult =
  | { readonly ok: true; readonly read: TftpRead }
  | {
      readonly ok: false;
      readonly error: TftpError;
      /** Number of bytes received before the failure. */
      readonly bytes: number;
      readonly ms: number;
    };

/** Options of {@link readByTftp}. */
export interface TftpReadOptions {
  readonly blksize: number;
  readonly windowsize: number;
  /** UDP port of the server. @default 69 */
  readonly port?: number;
  /** Maximum number of bytes to read, after which the transfer is ended. @default 64 MiB */
  readonly atMost?: number;
}

/** Time limit for one read, in milliseconds; a longer read is considered slow. */
const LIMIT_MS = 30_000;

/** Maximum number of bytes read, since they are kept in memory; every boot loader is smaller. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Retransmission similar to that of firmware, which sends a request four to six times. */
const RETRANSMISSION = { initialMs: 1_000, handshakeSends: 4, stallMs: 6_000 };

/** Reads a file from a TFTP server, with a request that is marked as doctor's. */
export async function readByTftp(
  host: string,
  file: string,
  { blksize, windowsize, port = 69, atMost = MAX_BYTES }: TftpReadOptions,
  signal: AbortSignal,
): Promise<TftpResult> {
  const start = performance.now();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  // Not AbortSignal.timeout() within AbortSignal.any(), since Node 20 may garbage-collect the timeout before
  // it fires.
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new Error(`incomplete after ${LIMIT_MS / 1000} s`));
  }, LIMIT_MS);
  const stop = (): void => {
    limit.abort(signal.reason);
  };
  signal.addEventListener('abort', stop);
  try {
    await using client = await createTftpClient({
      host,
      port,
      blksize,
      windowsize,
      extraOptions: [[DOCTOR_OPTION, '1']],
      retransmission: RETRANSMISSION,
    });
    const { stream, ...agreed } = await client.getStream(file, {
      signal: limit.signal,
      checkSize: false,
    });
    let isWhole = true;
    for await (const piece of stream) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= atMost) {
        isWhole = false;
        break;
      }
    }
    const ms = performance.now() - start;
    return { ok: true, read: { ...agreed, bytes: Buffer.concat(pieces), ms, isWhole } };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof TftpError)) {
      throw error;
    }
    return { ok: false, error, bytes, ms: performance.now() - start };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
