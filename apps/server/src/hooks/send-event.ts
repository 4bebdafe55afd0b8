import { createHmac } from 'node:crypto';

import { hookText, type PendingEvent } from './hook-body.js';

/** Timeout of an attempt, in milliseconds. */
const TIMEOUT_MS = 10_000;
/** Maximum number of bytes of an answer's body that are read, so that its connection can be used again. */
const MAX_ANSWER_BYTES = 64 * 1024;

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
 * Posts an event once. Redirects are not followed: they could lead to an address that only this host can
 * reach.
 *
 * @param signal - aborts the attempt
 */
export async function sendEvent(
  { url, secret }: HookTarget,
  event: PendingEvent,
  signal: AbortSignal,
): Promise<SendResult> {
  const body = hookText(event, Date.now());
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': `pxeboot/${event.server.version}`,
        'X-Pxeboot-Event': event.event,
        'X-Pxeboot-Delivery': event.id,
        'X-Hub-Signature-256': signatureOf(body, secret),
      },
      body,
    });
    await discard(response);
    const { status } = response;
    if (response.ok) {
      return { ok: true, status };
    }
    const isRedirect = status >= 300 && status < 400;
    const isTemporary = status === 408 || status === 429 || status >= 500;
    const reason = isRedirect ? `status ${status}: redirects are not followed` : `status ${status}`;
    return { ok: false, reason, isTemporary };
  } catch (error) {
    return { ok: false, reason: reasonOf(error), isTemporary: true };
  }
}

/** Returns the signature of a body, as GitHub makes it. */
export function signatureOf(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** Reads a body to its end, or cancels it after {@link MAX_ANSWER_BYTES}. */
async function discard({ body }: Response): Promise<void> {
  let size = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of body ?? []) {
    size += (chunk as Uint8Array).byteLength;
    if (size > MAX_ANSWER_BYTES) {
      return;
    }
  }
}

/** Returns the reason for a failed request. The message of fetch itself only says "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  if (error.name === 'TimeoutError') {
    return `no answer within ${TIMEOUT_MS / 1000} s`;
  }
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
