import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import { type ChannelEvents, type TextChannel } from '../state-engine.js';

/** Name of the channel for LISTEN and NOTIFY. */
const CHANNEL = 'pxeboot_boots';
/** Timeout for connecting, and for each statement, in milliseconds. */
const DEADLINE_MS = 5_000;
/** Pauses between attempts to connect, in milliseconds. */
const RETRY_AFTER_MS = [1_000, 2_000, 5_000, 10_000] as const;
/** Maximum time for sending the last messages when the channel is closed, in milliseconds. */
const LAST_TEXTS_MS = 1_000;
/** Maximum number of messages that wait for a slow server; more are dropped. */
const MAX_WAITING = 64;
/**
 * Maximum number of messages from other programs within a second: any program that may connect to the database
 * can send millions at once. Rejecting this many takes a few hundredths of a second.
 */
const MAX_FOREIGN = 1_000;
const SECOND_MS = 1_000;
/** Duration of a connection after which the pauses begin with the shortest again, in milliseconds. */
const LONG_MS = 60_000;

/**
 * Opens a separate connection for the messages that programs on the same database exchange; PostgreSQL delivers
 * them to all programs in the same order. If the connection is lost, it is opened again; if it receives too
 * many messages from other programs, it is closed, and opened again after a pause, without what was sent in the
 * meantime.
 */
export function openPostgresChannel(
  url: string,
  { onText, onOpen, onFlood }: ChannelEvents,
): TextChannel {
  const closing = new AbortController();
  let connected: pg.Client | undefined;
  let waiting: string[] = [];
  let isSending = false;
  let sending = Promise.resolve();

  async function connect(): Promise<void> {
    const socket = new Socket();
    const client = new pg.Client({
      connectionString: url,
      stream: () => socket,
      application_name: 'pxeboot',
      connectionTimeoutMillis: DEADLINE_MS,
      query_timeout: DEADLINE_MS,
      statement_timeout: DEADLINE_MS,
      keepAlive: true,
    });
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      client.once('end', resolve);
      // A running statement fails as well.
      client.on('error', () => {
        resolve();
      });
      end = resolve;
    });
    closing.signal.addEventListener('abort', end);
    let second = -Infinity;
    let foreign = 0;
    const isFlooded = (): boolean => foreign > MAX_FOREIGN;
    client.on('notification', ({ payload }) => {
      if (payload === undefined || isFlooded() || onText(payload)) {
        return;
      }
      const now = performance.now();
      if (now - second >= SECOND_MS) {
        second = now;
        foreign = 0;
      }
      foreign += 1;
      if (isFlooded()) {
        // Messages that are still on their way are not parsed.
        socket.destroy();
      }
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      connected = client;
      onOpen();
      await ended;
    } finally {
      connected = undefined;
      waiting = [];
      closing.signal.removeEventListener('abort', end);
      await client.end().catch(() => undefined);
    }
    if (isFlooded()) {
      onFlood();
      throw new Error('too many texts');
    }
  }

  async function stayConnected(): Promise<void> {
    for (let attempts = 0; !closing.signal.aborted; attempts++) {
      const startedAt = performance.now();
      const isFailed = await connect().then(
        () => false,
        () => true,
      );
      if (!isFailed || performance.now() - startedAt >= LONG_MS) {
        attempts = 0;
      }
      const pauseMs = RETRY_AFTER_MS[attempts] ?? RETRY_AFTER_MS.at(-1);
      await delay(pauseMs, undefined, { signal: closing.signal, ref: false }).catch(
        () => undefined,
      );
    }
  }

  /** Sends the waiting messages one by one. */
  async function sendWaiting(): Promise<void> {
    for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) {
      const client = connected;
      try {
        await client?.query('select pg_notify($1, $2)', [CHANNEL, text]);
      } catch (error) {
        // The connection is unusable, for example because its host is gone.
        client?.emit('error', error);
      }
    }
    isSending = false;
  }

  const running = stayConnected();
  return {
    send(text) {
      if (connected === undefined || waiting.length >= MAX_WAITING) {
        return;
      }
      waiting.push(text);
      if (!isSending) {
        isSending = true;
        sending = sendWaiting();
      }
    },
    async close() {
      await Promise.race([sending, delay(LAST_TEXTS_MS, undefined, { ref: false })]);
      closing.abort();
      await running;
    },
  };
}
