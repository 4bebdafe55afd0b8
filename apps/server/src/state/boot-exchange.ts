import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';

import * as z from 'zod';

import { MAC, UUID } from '../config/machine-id.js';
import { type BootExchange, type BootNews } from '../machines/boot-journal.js';
import { sealableBytes, sealedTexts } from './exchange-key.js';
import { type ChannelEvents, type OpenTextChannel } from './state-engine.js';
import { storedTime } from './stored-time.js';

/** Maximum length of a message before it is sealed, in bytes: PostgreSQL refuses 8,000 and more. */
const MAX_TEXT_BYTES = sealableBytes(7_900);
/** Maximum length of a message without its items, in bytes. */
const ENVELOPE_BYTES = 150;
/** Interval at which this daemon reports that it is running, in milliseconds. */
const ALIVE_EVERY_MS = 5_000;
/** Silence after which another daemon is considered to have ended, in milliseconds. */
const GONE_AFTER_MS = 20_000;
/** Age at which a message is refused, in milliseconds: someone may have kept it to send it again. */
const MAX_AGE_MS = 60_000;
/** Maximum duration of a transfer, in milliseconds: a day. */
const MAX_DURATION_MS = 86_400_000;

/** Difference between the clocks of two daemons that is always allowed, in milliseconds. */
const CLOCK_MS = 1_000;

/** Version of the format. Messages of other versions are ignored. */
const VERSION = 2;

const address = z.string().refine((text) => isIP(text) !== 0 && !text.includes('%'));
const identity = z.object({
  mac: z.string().regex(MAC).exactOptional(),
  uuid: z.string().regex(UUID).exactOptional(),
});

const envelope = z.object({
  v: z.literal(VERSION),
  /** Name of the daemon that sent the message. */
  from: z.string(),
  /** Number of the message: a daemon numbers its messages in ascending order. */
  n: z.number().int(),
  /** Time at which it was sent. */
  at: storedTime,
});

const content = z.object({
  sightings: z
    .array(
      z.object({
        bootId: z.number().int().positive(),
        sighting: z.object({
          at: storedTime,
          durationMs: z.number().max(MAX_DURATION_MS),
          transport: z.enum(['tftp', 'http']),
          address,
          path: z.string(),
          result: z.enum(['delivered', 'interrupted', 'sizeOnly', 'notFound', 'refused', 'denied']),
          bytes: z.number().optional(),
          size: z.number().optional(),
          blksize: z.number().optional(),
          windowsize: z.number().optional(),
          identity: identity.optional(),
          isStale: z.boolean().optional(),
          bootsDisk: z.boolean().optional(),
          reason: z.string().optional(),
          hostKeys: z.array(z.object({ type: z.string(), fingerprint: z.string() })).optional(),
          isLate: z.boolean().optional(),
        }),
      }),
    )
    .default([]),
  steps: z
    .array(
      z.object({
        item: z.string(),
        at: storedTime,
        failed: z.literal(true).exactOptional(),
        address,
        identity: identity.optional(),
      }),
    )
    .default([])
    .transform((steps) =>
      steps.map(({ identity: named, ...step }) => ({ ...step, identity: named ?? undefined })),
    ),
  busy: z.array(address).default([]),
});

type Envelope = z.infer<typeof envelope>;

/** Another daemon. */
interface Other {
  /** Time at which it was last heard from, according to `performance.now()`. */
  readonly heardAt: number;
  /** Number of its last message. */
  readonly n: number;
}

/** Sends updates to the other daemons, and receives theirs, as messages. */
export interface OpenBootExchange extends BootExchange {
  /** Changes the key, if it differs from the current one. */
  use(key: Buffer): void;
  close(): Promise<void>;
}

export interface BootExchangeOptions {
  /** Opens the channel to the other daemons. */
  readonly open: OpenTextChannel;
  /** Key that only the daemons know: others may be able to read and send messages on the channel. */
  readonly key: Buffer;
  /** Called each time that the channel is connected: earlier messages of the others were missed. */
  readonly onOpen: ChannelEvents['onOpen'];
  readonly onFlood: ChannelEvents['onFlood'];
  /**
   * Called for each message with the right key whose time is more than a minute before or after the time of this
   * host.
   */
  readonly onOtherTime: () => void;
}

/**
 * Exchanges updates about boots with the other daemons on the same database. Updates that are lost, for
 * example during an outage of the database, leave daemons with only a part of a boot, until they read it from the
 * database.
 */
export function createBootExchange({
  open,
  key: firstKey,
  onOpen,
  onFlood,
  onOtherTime,
}: BootExchangeOptions): OpenBootExchange {
  const self = randomBytes(8).toString('hex');
  let key = firstKey;
  let sealed = sealedTexts(key);
  const others = new Map<string, Other>();
  let openedAt = Date.now();
  let sent = 0;
  /** Number of the last message from this daemon that the channel has returned. */
  let returned = 0;
  let deliver: (news: BootNews) => void = () => undefined;

  const channel = open({
    onText(received) {
      const value = parseJson(sealed.open(received));
      const head = envelope.safeParse(value).data;
      if (head?.from === self) {
        return isReturned(head);
      }
      if (head === undefined || isRepeated(head)) {
        return false;
      }
      const news = content.safeParse(value).data;
      if (news === undefined) {
        return false;
      }
      const isNew = !others.has(head.from);
      others.set(head.from, { heardAt: performance.now(), n: head.n });
      if (isNew) {
        // The sender may not know this daemon yet.
        sendAlive();
      }
      deliver(news);
      return true;
    },
    onOpen() {
      openedAt = Date.now();
      sendAlive();
      onOpen();
    },
    onFlood,
  });

  /** Returns true for a message that this daemon sent and the channel returned, false for a replay of one. Records its number. */
  function isReturned({ n }: Envelope): boolean {
    const isNext = n > returned && n <= sent;
    returned = isNext ? n : returned;
    return isNext;
  }

  /** Returns true for a message from another daemon that is a replay, or may be one. */
  function isRepeated({ from, n, at }: Envelope): boolean {
    if (Math.abs(Date.now() - at) > MAX_AGE_MS) {
      onOtherTime();
      return true;
    }
    // This daemon missed what was sent before its channel opened, so such a message may be a replay of one that
    // it missed.
    return n <= (others.get(from)?.n ?? -1) || at < openedAt - CLOCK_MS;
  }

  function sendText(items: string): void {
    sent += 1;
    const envelope = `"v":${VERSION},"from":"${self}","n":${sent},"at":${Date.now()}`;
    channel.send(sealed.seal(`{${envelope}${items}}`));
  }

  function sendTexts(kind: keyof BootNews, items: readonly object[] | readonly string[]): void {
    for (const part of partsOf(items.map((item) => JSON.stringify(item)))) {
      sendText(`,"${kind}":[${part}]`);
    }
  }

  function sendAlive(): void {
    sendText('');
  }

  const alive = setInterval(() => {
    for (const [name, { heardAt }] of others) {
      // By then all of its messages are too old to be accepted, so replays need not be recognised.
      if (performance.now() - heardAt >= 2 * MAX_AGE_MS) {
        others.delete(name);
      }
    }
    sendAlive();
  }, ALIVE_EVERY_MS);
  alive.unref();

  return {
    get hasOthers() {
      const now = performance.now();
      return [...others.values()].some(({ heardAt }) => now - heardAt < GONE_AFTER_MS);
    },
    send({ sightings, steps, busy }) {
      const plain = sightings.map(({ bootId, sighting: { transfer: _, ...sighting } }) => ({
        bootId,
        sighting,
      }));
      sendTexts('sightings', plain);
      sendTexts('steps', steps);
      sendTexts('busy', busy);
    },
    receive(callback) {
      deliver = callback;
    },
    use(newKey) {
      if (!newKey.equals(key)) {
        key = newKey;
        sealed = sealedTexts(key);
      }
    },
    async close() {
      clearInterval(alive);
      await channel.close();
    },
  };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/**
 * Joins items into lists that fit into a message. An item that is too long on its own is left out; no file of a
 * boot is that long.
 */
function partsOf(items: readonly string[]): readonly string[] {
  const parts: string[] = [];
  let part = '';
  const maxBytes = MAX_TEXT_BYTES - ENVELOPE_BYTES;
  for (const item of items) {
    if (Buffer.byteLength(item) > maxBytes) {
      continue;
    }
    const joined = part === '' ? item : `${part},${item}`;
    if (Buffer.byteLength(joined) > maxBytes) {
      parts.push(part);
      part = item;
    } else {
      part = joined;
    }
  }
  return part === '' ? parts : [...parts, part];
}
