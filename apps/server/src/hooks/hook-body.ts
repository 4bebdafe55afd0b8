import * as z from 'zod';

import { bootSummary, hostKeys } from '../api/schemas.js';
import { HOOK_EVENTS } from '../config/hooks.js';

/** Version of the body; incremented when a field is removed or changes its meaning. */
const VERSION = 1;

const time = z.iso.datetime();

/** Facts of an event, by its kind. */
export const hookFacts = z.object({
  /** The boot, for events `boot.*`. */
  boot: bootSummary.optional(),
  /** The installation, for events `install.*`. */
  install: z
    .object({
      host: z.string(),
      profile: z.string(),
      state: z.enum(['armed', 'started', 'installed', 'failed', 'expired', 'cancelled']),
      by: z.string(),
      note: z.string().optional(),
      hostKeys: hostKeys.optional(),
    })
    .optional(),
  /** Result of the refresh, for events `images.*`. */
  images: z
    .object({
      outcome: z.enum(['complete', 'partial', 'failed']),
      error: z.string().optional(),
    })
    .optional(),
});
export type HookFacts = z.output<typeof hookFacts>;

/** Body of a request. */
export const hookBody = hookFacts.extend({
  version: z.literal(VERSION),
  /** Id of the event, the same in all attempts to deliver it. */
  id: z.uuid(),
  event: z.enum([...HOOK_EVENTS, 'test']),
  at: time,
  /** Time of this attempt. It is covered by the signature, so that receivers can refuse an old request. */
  sentAt: time,
  server: z.object({ name: z.string(), version: z.string() }),
});
export type HookBody = z.output<typeof hookBody>;

/** Event that waits to be sent, without the time of the attempt. */
export type PendingEvent = Omit<HookBody, 'sentAt' | 'version'>;

/** Returns the body of an attempt as JSON. */
export function hookText(event: PendingEvent, sentAt: number): string {
  const { id, event: name, at, server, ...facts } = event;
  const body: HookBody = {
    version: VERSION,
    id,
    event: name,
    at,
    sentAt: new Date(sentAt).toISOString(),
    server,
    ...facts,
  };
  return JSON.stringify(body);
}
