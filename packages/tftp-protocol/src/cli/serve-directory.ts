import { once } from 'node:events';

import {
  createTftpServer,
  directorySink,
  directorySource,
  type TftpServerEvent,
} from '../node/index.js';
import { type CommandStreams } from './command-streams.js';
import { grouped, ProgressLine } from './progress-line.js';

/** Options of `pxe-tftp serve`. */
export interface ServeOptions {
  /** Addresses to listen on; undefined for all addresses of this host. */
  readonly listen: readonly string[] | undefined;
  /** UDP port; undefined for 69. */
  readonly port: number | undefined;
  /** True to accept uploads. */
  readonly upload: boolean;
  /** True to let uploads replace files. */
  readonly overwrite: boolean;
  /** True to print only failures of the server itself, such as socket errors, and no transfers. */
  readonly quiet: boolean;
}

/** Time that transfers have to finish after an interrupt, in milliseconds. */
const GRACE_MS = 10_000;

/** Serves a directory until the signal of `streams` is aborted. */
export async function serveDirectory(
  directory: string,
  options: ServeOptions,
  { output, error, signal }: CommandStreams,
): Promise<void> {
  const { listen, port, upload, overwrite, quiet } = options;
  const line = new ProgressLine(error);
  const server = await createTftpServer({
    source: directorySource(directory),
    ...(upload && { sink: directorySink(directory, { overwrite }) }),
    ...(listen !== undefined && { listen: listen.map((address) => ({ address })) }),
    ...(port !== undefined && { port }),
    ...(!quiet && error.isTTY === true && { progressIntervalMs: 500 }),
    onEvent: (event) => {
      if (event.type === 'transferProgress') {
        line.draw(subject(event), { bytes: event.bytes, size: event.size });
        return;
      }
      const text = describeEvent(event);
      if (text !== undefined && (!quiet || FAILURES.has(event.type))) {
        line.clear();
        output.write(`${text}\n`);
      }
    },
  });
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
  line.clear();
  await server.close({ graceMs: GRACE_MS });
}

const FAILURES: ReadonlySet<TftpServerEvent['type']> = new Set([
  'socketError',
  'sourceError',
  'addressScanFailed',
  'unexpectedError',
]);

/** Returns the line that describes an event; undefined if the event is not printed. */
export function describeEvent(event: TftpServerEvent): string | undefined {
  switch (event.type) {
    case 'listening':
      return `listening on ${event.local.address} port ${event.local.port}`;
    case 'stoppedListening':
      return `stopped listening on ${event.local.address} port ${event.local.port}`;
    case 'transferStarted':
      return `${subject(event)}: ${event.direction} started`;
    case 'transferFinished': {
      const bytes = event.direction === 'read' ? event.bytesAcknowledged : event.bytesReceived;
      const why = event.error === undefined ? '' : `: ${JSON.stringify(event.error.message)}`;
      return `${subject(event)}: ${event.outcome}, ${grouped(bytes)} bytes in ${(event.durationMs / 1000).toFixed(2)} s${why}`;
    }
    case 'requestRefused':
      return `${event.remote.address} ${JSON.stringify(event.filename ?? '')}: error ${event.code}, ${event.message}`;
    case 'requestDropped':
      return `${event.remote.address}: ${event.count} requests dropped (${event.reason})`;
    case 'transfersEvicted':
      return `${event.count} transfers were ended to make room (${event.limit})`;
    case 'largeBlocksLost':
      return `${subject(event)}: blocks of ${event.blksize} bytes do not arrive; further transfers use at most ${event.maxBlockSize} bytes`;
    case 'socketReplaced':
      return `${event.local.address} port ${event.local.port}: replies to unreachable hosts filled the socket's buffer, so the socket was replaced`;
    case 'socketError':
      return `${event.address} port ${event.port}: ${event.error.message}`;
    case 'addressScanFailed':
      return `cannot list the addresses of this host: ${String(event.error)}`;
    case 'sourceError':
      return `cannot close a file: ${String(event.error)}`;
    case 'unexpectedError':
      return `unexpected error: ${String(event.error)}`;
    // Only the end of each transfer is printed, and without an allow-list no source is denied.
    case 'transferProgress':
    case 'transferDelivered':
    case 'sourceDenied':
      return undefined;
  }
}

/** Returns the client and the escaped file name, which comes from the network. */
function subject({
  remote,
  filename,
}: Extract<
  TftpServerEvent,
  {
    readonly type: 'transferStarted' | 'transferProgress' | 'transferFinished' | 'largeBlocksLost';
  }
>): string {
  return `${remote.address} ${JSON.stringify(filename)}`;
}
