import { z } from 'zod';

const transferEvent = z.object({
  event: z.literal('tftp.transfer'),
  file: z.string(),
  client: z.string(),
  /** `completed`, or the reason why it ended earlier. */
  outcome: z.string(),
  /** Bytes of file content that the client acknowledged. */
  bytes: z.number(),
  /** Bytes of file content sent, retransmissions counted again. */
  sent: z.number(),
});

const refusalEvent = z.object({
  event: z.literal('tftp.refused'),
  file: z.string(),
  /** TFTP error code (RFC 1350 §5). */
  code: z.number(),
});

const requestEvent = z.object({
  event: z.literal('http.request'),
  method: z.string(),
  path: z.string(),
  status: z.number(),
  bytes: z.number(),
  /** True if the client left before it had the whole response. */
  aborted: z.boolean().default(false),
});

const bootFileEvent = z.object({
  event: z.literal('dhcp.answered'),
  service: z.enum(['proxyDhcp', 'bootServer']),
  mac: z.string(),
  file: z.string(),
});

const contract = z.discriminatedUnion('event', [
  z.object({ event: z.literal('serve.ready') }),
  z.object({ event: z.literal('images.ready'), generation: z.string() }),
  /** The store is empty, so the daemon starts to download, which cannot succeed in the lab. */
  z.object({ event: z.literal('images.missing') }),
  transferEvent,
  refusalEvent,
  requestEvent,
  bootFileEvent,
  /** A request as the boot journal sees it, at `debug`. */
  z.object({ event: z.literal('boot.sighting'), sighting: z.record(z.string(), z.unknown()) }),
]);

/** A finished TFTP transfer. */
export type TransferEvent = z.infer<typeof transferEvent>;

/** An answered HTTP request. */
export type RequestEvent = z.infer<typeof requestEvent>;

/** A line of the daemon's log: an event that the lab checks, or any other line. */
export type DaemonEvent =
  | z.infer<typeof contract>
  | { readonly event: 'other'; readonly line: string }
  /** A log line with a known event name but invalid fields. */
  | { readonly event: 'malformed'; readonly line: string; readonly problem: string };

const contractEvents = new Set<unknown>(contract.options.map(({ shape }) => shape.event.value));

/** Parses a line of the daemon's log (pino JSON). */
export function readDaemonEvent(line: string): DaemonEvent {
  const record = parseJson(line);
  if (typeof record !== 'object' || record === null || !('event' in record)) {
    return { event: 'other', line };
  }
  if (!contractEvents.has(record.event)) {
    return { event: 'other', line };
  }
  const result = contract.safeParse(record);
  if (result.success) {
    return result.data;
  }
  return { event: 'malformed', line, problem: z.prettifyError(result.error) };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Warnings from Node itself are plain text between the JSON lines.
    return undefined;
  }
}
