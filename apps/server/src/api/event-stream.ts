import { randomBytes } from 'node:crypto';
import { type ServerResponse } from 'node:http';

import { type BootChange } from '../machines/boot-correlator.js';
import { type BootJournal } from '../machines/boot-journal.js';
import { summarize } from './boot-view.js';

/**
 * Number of events kept for clients that reconnect; up to twice as many are kept before the oldest are
 * removed.
 */
const MAX_EVENTS = 1000;
const MAX_CLIENTS = 32;
/** Maximum number of unread bytes, not counting the kernel's buffers; a client with more is disconnected. */
const MAX_UNREAD_BYTES = 256 * 1024;
/**
 * Maximum total length, in characters, of the missed events that a reconnecting client is sent; replaying
 * more would cost the client more than reading everything again.
 */
const MAX_REPLAY_LENGTH = 128 * 1024;
/**
 * Interval between the comments that keep a connection alive, in milliseconds; shorter than the idle timeouts
 * of proxies.
 */
const HEARTBEAT_MS = 15_000;
/** Time after which a disconnected client reconnects, in milliseconds. */
const RETRY_MS = 3_000;

/** Event about images. */
export type ImagesEvent =
  | { readonly type: 'refreshStarted' }
  | { readonly type: 'refreshFinished'; readonly outcome: 'complete' | 'partial' | 'failed' }
  | { readonly type: 'served'; readonly generation: string };

/** Live events for clients of the API. */
export interface EventStream {
  publishImages(event: ImagesEvent): void;
  /** Publishes the `hosts` event, which means that hosts or their installations have changed. */
  publishHosts(): void;
  /**
   * Sends events until the client disconnects: first those after `lastEventId`, or `reset` if that id is
   * unknown or too many events followed it.
   */
  attach(response: ServerResponse, lastEventId: string | undefined): void;
  /** True if another client may be attached. */
  readonly hasRoom: boolean;
  close(): void;
}

export interface EventStreamOptions {
  /** Interval between comments that keep a connection alive, in milliseconds. @default 15000 */
  readonly heartbeatMs?: number;
  /** Number of events kept for clients that reconnect. @default 1000 */
  readonly maxEvents?: number;
  /** Maximum number of concurrent clients. @default 32 */
  readonly maxClients?: number;
}

interface KeptEvent {
  readonly number: number;
  readonly name: string;
  readonly data: () => object;
}

/**
 * Creates the stream of server-sent events about boots, hosts and images. The id of an event consists of a
 * random name for this run of the daemon and a number, so that a client that reconnects after a restart learns
 * that it has to read everything again.
 */
export function createEventStream(
  journal: Pick<BootJournal, 'follow'>,
  {
    heartbeatMs = HEARTBEAT_MS,
    maxEvents = MAX_EVENTS,
    maxClients = MAX_CLIENTS,
  }: EventStreamOptions = {},
): EventStream {
  const run = randomBytes(6).toString('hex');
  const kept: KeptEvent[] = [];
  const clients = new Set<ServerResponse>();
  let last = 0;

  const unfollow = journal.follow(({ type, boot }: BootChange) => {
    publish('boot', () => ({ change: type, boot: summarize(boot) }));
  });
  const heartbeat = setInterval(() => {
    for (const client of clients) {
      send(client, ':\n\n');
    }
  }, heartbeatMs);
  heartbeat.unref();

  /**
   * Keeps an event and sends it to all clients. Its text is built only when needed, since most events have no
   * reader.
   */
  function publish(name: string, data: () => object): void {
    last++;
    const event: KeptEvent = { number: last, name, data };
    kept.push(event);
    // Removed in blocks, since each removal moves all remaining events.
    if (kept.length >= 2 * maxEvents) {
      kept.splice(0, kept.length - maxEvents);
    }
    if (clients.size === 0) {
      return;
    }
    const text = textOf(event);
    for (const client of clients) {
      send(client, text);
    }
  }

  function textOf({ number, name, data }: KeptEvent): string {
    return `id: ${run}-${number}\nevent: ${name}\ndata: ${JSON.stringify(data())}\n\n`;
  }

  function send(client: ServerResponse, text: string): void {
    client.write(text);
    if (client.writableLength > MAX_UNREAD_BYTES) {
      clients.delete(client);
      client.destroy();
    }
  }

  /**
   * Returns the text of the events after the given one; undefined if that event is unknown, or too many
   * events followed it.
   */
  function eventsAfter(id: string): string | undefined {
    const [, ownRun, text] = /^([\da-f]{12})-(\d{1,15})$/.exec(id) ?? [];
    const number = Number(text);
    const first = kept[0]?.number ?? last + 1;
    if (ownRun !== run || number > last || number < first - 1) {
      return undefined;
    }
    let missed = '';
    for (const event of kept.slice(number - first + 1)) {
      missed += textOf(event);
      if (missed.length > MAX_REPLAY_LENGTH) {
        return undefined;
      }
    }
    return missed;
  }

  return {
    publishImages(event) {
      publish('images', () => event);
    },
    publishHosts() {
      publish('hosts', () => ({}));
    },
    attach(response, lastEventId) {
      response.writeHead(200, {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-store',
        Connection: 'close',
        'X-Accel-Buffering': 'no',
      });
      clients.add(response);
      response.once('close', () => {
        clients.delete(response);
      });
      response.on('error', () => {
        clients.delete(response);
      });
      const missed = lastEventId === undefined ? '' : eventsAfter(lastEventId);
      const reset = `id: ${run}-${last}\nevent: reset\ndata: {}\n\n`;
      // Send an id immediately, so that a client that has not seen any event can resume here.
      const hello = lastEventId === undefined ? `id: ${run}-${last}\n` : '';
      send(response, `${hello}retry: ${RETRY_MS}\n\n${missed ?? reset}`);
    },
    get hasRoom() {
      return clients.size < maxClients;
    },
    close() {
      clearInterval(heartbeat);
      unfollow();
      for (const client of clients) {
        client.end();
      }
      clients.clear();
    },
  };
}
