import { randomBytes } from 'node:crypto';

import * as z from 'zod';

import { type BootExchange, type BootNews } from '../machines/boot-journal.js';
import { type OpenTextChannel } from './state-engine.js';

/** Maximum length of a text, in bytes: PostgreSQL refuses 8,000 bytes and more. */
const MAX_TEXT_BYTES = 7_900;
/** Interval at which this daemon reports that it is running, in milliseconds. */
const ALIVE_EVERY_MS = 5_000;
/** Silence after which another daemon is considered to have ended, in milliseconds. */
const GONE_AFTER_MS = 20_000;

/** Version of the format. Texts with other versions are ignored. */
const VERSION = 1;

const text = z.object({
  v: z.literal(VERSION),
  /** Name of the daemon that sent the text. */
  from: z.string(),
  sightings: z
    .array(
      z.object({
        bootId: z.number().int(),
        sighting: z.object({
          at: z.number(),
          durationMs: z.number(),
          transport: z.enum(['tftp', 'http']),
          address: z.string(),
          path: z.string(),
          result: z.enum(['delivered', 'interrupted', 'sizeOnly', 'notFound', 'refused', 'denied']),
          bytes: z.number().optional(),
          size: z.number().optional(),
          blksize: z.number().optional(),
          windowsize: z.number().optional(),
          identity: z
            .object({ mac: z.string().exactOptional(), uuid: z.string().exactOptional() })
            .optional(),
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
        at: z.number(),
        failed: z.literal(true).exactOptional(),
        address: z.string(),
        identity: z
          .object({ mac: z.string().exactOptional(), uuid: z.string().exactOptional() })
          .optional(),
      }),
    )
    .default([])
    .transform((steps) =>
      steps.map(({ identity, ...step }) => ({ ...step, identity: identity ?? undefined })),
    ),
  busy: z.array(z.string()).default([]),
});

/** Exchange of news with the other daemons, in the form of texts. */
export interface OpenBootExchange extends BootExchange {
  close(): Promise<void>;
}

/**
 * Exchanges news of boots with the other daemons on the same database. If news is lost, for example during an
 * outage of the database, daemons know only part of a boot.
 *
 * @param open - opens the channel to the other daemons
 */
export function createBootExchange(open: OpenTextChannel): OpenBootExchange {
  const self = randomBytes(8).toString('hex');
  /** Time at which each other daemon was last heard, by name. */
  const others = new Map<string, number>();
  let deliver: (news: BootNews) => void = () => undefined;

  const channel = open((received) => {
    const news = parseNews(received);
    if (news === undefined || news.from === self) {
      return;
    }
    const isNew = !others.has(news.from);
    others.set(news.from, performance.now());
    if (isNew) {
      // The other daemon does not know this one yet.
      sendAlive();
    }
    deliver(news);
  }, sendAlive);

  function sendTexts(kind: keyof BootNews, items: readonly object[] | readonly string[]): void {
    for (const part of partsOf(items.map((item) => JSON.stringify(item)))) {
      channel.send(`{"v":${VERSION},"from":"${self}","${kind}":[${part}]}`);
    }
  }

  function sendAlive(): void {
    channel.send(JSON.stringify({ v: VERSION, from: self }));
  }

  const alive = setInterval(sendAlive, ALIVE_EVERY_MS);
  alive.unref();

  return {
    get hasOthers() {
      for (const [name, at] of others) {
        if (performance.now() - at < GONE_AFTER_MS) {
          return true;
        }
        others.delete(name);
      }
      return false;
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
    async close() {
      clearInterval(alive);
      await channel.close();
    },
  };
}

function parseNews(received: string): z.infer<typeof text> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(received);
  } catch {
    return undefined;
  }
  const parsed = text.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/**
 * Joins items into lists that fit into a text. An item that is too long on its own is left out; no file of a
 * boot is that long.
 */
function partsOf(items: readonly string[]): readonly string[] {
  const parts: string[] = [];
  let part = '';
  const maxBytes = MAX_TEXT_BYTES - 100;
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
