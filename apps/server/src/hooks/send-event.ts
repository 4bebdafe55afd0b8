import { createHmac } from 'node:crypto';

import { type Dispatcher } from 'undici';

import { hookText, type PendingEvent } from './hook-body.js';

/** Timeout of an attempt, in milliseconds. */
const TIMEOUT_MS = 10_000;
/** Maximum number of bytes read from the body of a response. */
const MAX_ANSWER_BYTES = 64 * 1024;
/**
 * Maximum number of interim responses (status 1xx): an endless series of them would occupy the event loop.
 */
const MAX_INTERIM_RESPONSES = 16;

/** Receiver of events. */
export interface HookTarget {
  readonly url: string;
  /** Signing key. */
  readonly secret: string;
}

/** Result of an attempt. */
export type SendResult =
  | { readonly ok: true; readonly status: number }
  | {
      readonly ok: false;
      readonly reason: string;
      /** True if the receiver may accept the event later. */
      readonly isTemporary: boolean;
    };

/**
 * Posts an event once. Redirects are not followed, since they could lead to an address that only this host
 * can reach.
 *
 * @param signal - aborts the attempt
 * @param timeoutMs - time limit for the whole response, in milliseconds
 */
export async function sendEvent(
  { url, secret }: HookTarget,
  event: PendingEvent,
  signal: AbortSignal,
  timeoutMs = TIMEOUT_MS,
): Promise<SendResult> {
  const body = hookText(event, Date.now());
  // Not AbortSignal.timeout() within AbortSignal.any(), since Node 20 may garbage-collect the timeout before
  // it fires.
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new Error(`no answer within ${timeoutMs / 1000} s`));
  }, timeoutMs);
  const stop = (): void => {
    limit.abort(signal.reason);
  };
  signal.addEventListener('abort', stop);
  let interimResponses = 0;
  try {
    signal.throwIfAborted();
    const { request } = await import('./lazy-request.js');
    const answer = await request(url, {
      method: 'POST',
      signal: limit.signal,
      // Hooks are called rarely, and their servers may close idle connections.
      reset: true,
      onInfo: () => {
        interimResponses += 1;
        if (interimResponses > MAX_INTERIM_RESPONSES) {
          limit.abort(new Error(`more than ${MAX_INTERIM_RESPONSES} interim responses`));
        }
      },
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': `pxeboot/${event.server.version}`,
        'X-Pxeboot-Event': event.event,
        'X-Pxeboot-Delivery': event.id,
        'X-Hub-Signature-256': signatureOf(body, secret),
      },
      body,
    });
    await discard(answer);
    const { statusCode: status } = answer;
    if (status >= 200 && status < 300) {
      return { ok: true, status };
    }
    const isRedirect = status >= 300 && status < 400;
    const isTemporary = status === 408 || status === 429 || status >= 500;
    const reason = isRedirect ? `status ${status}: redirects are not followed` : `status ${status}`;
    return { ok: false, reason, isTemporary };
  } catch (error) {
    return { ok: false, reason: reasonOf(error), isTemporary: true };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Returns the signature of a body, in the format of GitHub's webhooks. */
export function signatureOf(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** Reads a body to its end, or destroys it after {@link MAX_ANSWER_BYTES}. */
async function discard({ body }: Dispatcher.ResponseData): Promise<void> {
  let size = 0;
  // Leaving the loop destroys the body.
  for await (const chunk of body) {
    size += (chunk as Uint8Array).byteLength;
    if (size > MAX_ANSWER_BYTES) {
      return;
    }
  }
}

/** Returns the reason for a failed request. */
function reasonOf(error: unknown): string {
  // All addresses of the host have failed.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}
