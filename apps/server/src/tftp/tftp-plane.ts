import {
  createTftpServer,
  TftpError,
  TftpListenError,
  type TftpQuirks,
  type TftpReadRequest,
  type TftpServer,
  type TftpServerEvent,
  type TftpServerLimits,
  type TftpServerOptions,
  type TftpSource,
} from '@pxe/tftp-protocol/node';
import { bindUdpSocket, fallbackReason } from '@pxe/udp-batch';

import { type AllowList, plainAddress } from '../access/allow-list.js';
import { startPath } from '../access/install-path.js';
import { formatListenAddress, type ListenAddress } from '../config/listen-address.js';
import { type ServerConfig } from '../config/schema.js';
import { type BlobCache } from '../content/blob-cache.js';
import { ListenError } from '../errors.js';
import { LoopTurns } from '../limits/fair-turns.js';
import { DOCTOR_OPTION } from '../log/doctor-requests.js';
import { type BootEvents, isOptionalFile } from '../log/events.js';
import { type BootClient, type BootNamespace } from '../namespace/boot-namespace.js';
import { logicalPath } from '../namespace/logical-path.js';
import { portHolder } from '../port-holder.js';

/** Maximum window size of RFC 7440, in blocks. */
const MAX_WINDOW_SIZE = 65_535;

/** Maximum number of requests of `pxeboot doctor` that are distinguished from those of machines. */
const MAX_PROBES = 64;

/**
 * Maximum number of files looked up per turn of the event loop. The first request for a menu renders it, which takes
 * milliseconds, and one batch of datagrams may ask for the menus of 64 hosts.
 */
const LOOKUPS_PER_TURN = 2;

/** TFTP error code for a missing file (RFC 1350). */
const FILE_NOT_FOUND = 1;

export interface TftpPlaneOptions {
  readonly settings: Pick<
    ServerConfig['tftp'],
    'listen' | 'singlePort' | 'portRange' | 'maxBlockSize' | 'nativeSockets' | 'repolls' | 'stall'
  >;
  /** Returns the limits of a client by its address. Called for each request. */
  readonly quirks: (address: string) => TftpQuirks;
  readonly namespace: BootNamespace;
  readonly cache: BlobCache;
  readonly allowList: AllowList;
  readonly events: BootEvents;
  /**
   * Records the start of an installation; returns the reason if it may not start, otherwise undefined.
   *
   * @default there are no installations
   */
  readonly startInstall?: (start: string, address: string) => Promise<string | undefined>;
  /** Limits of this plane; missing limits keep the defaults of the protocol package. */
  readonly limits?: Partial<TftpServerLimits>;
}

/**
 * Serves the boot namespace over TFTP.
 *
 * @throws {@link ListenError} when an address cannot be bound
 */
export async function createTftpPlane(options: TftpPlaneOptions): Promise<TftpServer> {
  const { settings, quirks, namespace, cache, allowList, events, limits } = options;

  const lookupTurns = new LoopTurns(LOOKUPS_PER_TURN);
  /** Remote endpoints of requests by `pxeboot doctor`, oldest first. */
  const probes = new Set<object>();

  /** Returns true if an event is about a request of `pxeboot doctor`; forgets the request with its last event. */
  function isProbe(event: TftpServerEvent): boolean {
    if (!('remote' in event) || !probes.has(event.remote)) {
      return false;
    }
    if (event.type === 'transferFinished' || event.type === 'requestRefused') {
      probes.delete(event.remote);
    }
    return true;
  }

  async function source(request: TftpReadRequest): Promise<TftpSource | undefined> {
    if (request.options.some(([name]) => name === DOCTOR_OPTION)) {
      probes.add(request.remote);
      // A request that is dropped has no final event that would remove it, so the set is limited.
      const [oldest] = probes;
      if (probes.size > MAX_PROBES && oldest !== undefined) {
        probes.delete(oldest);
      }
    }
    const path = logicalPath(request.filename);
    if (path === undefined) {
      return undefined;
    }
    const client: BootClient = {
      transport: 'tftp',
      address: plainAddress(request.remote.address),
      localAddress: plainAddress(request.local.address),
    };
    await lookupTurns.take(client.address);
    const content = namespace.lookup(path, client);
    if (content === undefined) {
      const { notReady } = namespace;
      if (notReady !== undefined && !isOptionalFile(path)) {
        throw new TftpError('file not found', { wireCode: FILE_NOT_FOUND, peerMessage: notReady });
      }
      return undefined;
    }
    const start = startPath(path)?.start;
    const refusal =
      start === undefined ? undefined : await options.startInstall?.(start, client.address);
    if (refusal !== undefined) {
      throw new TftpError(refusal, { wireCode: FILE_NOT_FOUND, peerMessage: 'not armed' });
    }
    if (content.kind === 'memory') {
      return bytesSource(content.bytes);
    }
    return cache.open(content.sha256, content.size, client.address);
  }

  try {
    return await createTftpServer({
      source,
      ...listenOptions(settings.listen),
      ...(settings.nativeSockets &&
        fallbackReason === undefined && {
          bind: (binding, handler) =>
            bindUdpSocket(
              {
                ...binding,
                reusesDatagrams: true,
                repolls: settings.repolls,
                // One forged ICMP message would have all blocks to a client fragmented, and some firmware ignores fragments.
                allowFragmentation: true,
              },
              handler,
            ),
        }),
      singlePort: settings.singlePort,
      ...(settings.portRange === undefined ? {} : { portRange: portRange(settings.portRange) }),
      ...(settings.maxBlockSize === undefined ? {} : { maxBlockSize: settings.maxBlockSize }),
      // The quirks lower this to `tftp.maxWindowSize`, which a reload can change.
      maxWindowSize: MAX_WINDOW_SIZE,
      quirks: ({ remote }) => quirks(remote.address),
      retransmission: { stallMs: settings.stall },
      ...(limits === undefined ? {} : { limits }),
      allow: (address) => allowList.allows(address),
      onEvent: (event) => {
        events.tftp(event, isProbe(event));
      },
    });
  } catch (error) {
    if (!(error instanceof TftpListenError)) {
      throw error;
    }
    throw new ListenError('TFTP', formatListenAddress(error), error.cause, {
      holder: await portHolder('udp', error.port),
    });
  }
}

function bytesSource(bytes: Uint8Array): TftpSource {
  return {
    size: bytes.byteLength,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}

function listenOptions(
  addresses: readonly ListenAddress[],
): Pick<TftpServerOptions, 'listen' | 'port'> {
  const auto = addresses.find(({ address }) => address === 'auto');
  return auto === undefined ? { listen: addresses } : { listen: 'auto', port: auto.port };
}

function portRange(text: string): { from: number; to: number } {
  const [from = 0, to = 0] = text.split('-').map(Number);
  return { from, to };
}
