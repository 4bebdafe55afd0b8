import { freeUdpPorts } from '@pxe/test-host';

import {
  bytesSource,
  createTftpServer,
  type TftpServer,
  type TftpServerEvent,
  type TftpServerOptions,
} from '../../src/node/index.js';
import { TRANSPORT } from './transport.js';

/** Server on loopback, with its events and its address. */
export interface Serving extends AsyncDisposable {
  readonly server: TftpServer;
  readonly events: TftpServerEvent[];
  readonly at: { readonly address: string; readonly port: number };
  /** Resolves with the first event of a type, past or to come. */
  event<T extends TftpServerEvent['type']>(type: T): Promise<Extract<TftpServerEvent, { type: T }>>;
}

/** Intervals so long that nothing is repeated or times out during a test, however busy the machine is. */
export const PATIENT = {
  initialMs: 3_600_000,
  minMs: 3_600_000,
  maxMs: 3_600_000,
  stallMs: 3_600_000,
  finalAckMs: 3_600_000,
};

/** Intervals short enough for a test to wait for. */
export const HASTY = { initialMs: 60, minMs: 60, maxMs: 240, stallMs: 3_000, finalAckMs: 300 };

/** Returns a range of consecutive ports that no socket is bound to. */
export async function freePortRange(
  count: number,
): Promise<{ readonly from: number; readonly to: number }> {
  const from = await freeUdpPorts(count);
  return { from, to: from + count - 1 };
}

/** Returns bytes that differ from block to block, so that a misplaced one is noticed. */
export function patternBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) {
    bytes[index] = (index * 31 + (index >> 8) * 7 + (index >> 16) * 13) & 0xff;
  }
  return bytes;
}

/**
 * Starts a server on a free loopback port. It is {@link PATIENT} by default, so that its answers do not
 * depend on the speed of the test; `retransmission: {}` selects the intervals of the product.
 */
export async function serve(
  options: Partial<TftpServerOptions> & {
    readonly files?: Record<string, Uint8Array>;
    /** Called with each event after it was recorded. */
    readonly observing?: (event: TftpServerEvent) => unknown;
  } = {},
): Promise<Serving> {
  const { files = {}, observing, ...rest } = options;
  const events: TftpServerEvent[] = [];
  const waiting = new Set<(event: TftpServerEvent) => void>();
  const server = await createTftpServer({
    listen: [{ address: '127.0.0.1', port: 0 }],
    retransmission: PATIENT,
    ...TRANSPORT,
    source: ({ filename }) => {
      const bytes = files[filename];
      return bytes && bytesSource(bytes);
    },
    ...rest,
    onEvent: (event) => {
      events.push(event);
      for (const waiter of waiting) {
        waiter(event);
      }
      return observing?.(event);
    },
  });
  const [at] = server.addresses;
  if (at === undefined) {
    throw new Error('the server has no address');
  }
  return {
    server,
    events,
    at,
    event: (type) =>
      new Promise((resolve) => {
        const take = (event: TftpServerEvent): void => {
          if (isOfType(event, type)) {
            waiting.delete(take);
            resolve(event);
          }
        };
        waiting.add(take);
        events.forEach(take);
      }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function isOfType<T extends TftpServerEvent['type']>(
  event: TftpServerEvent,
  type: T,
): event is Extract<TftpServerEvent, { type: T }> {
  return event.type === type;
}
