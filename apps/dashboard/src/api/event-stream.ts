import { createParser } from 'eventsource-parser';

/** State of the connection: `waiting` before the first one, `lost` until it is restored. */
export type ConnectionState = 'waiting' | 'live' | 'lost';

/** Event from the server. */
export interface ServerEvent {
  readonly name: string;
  readonly data: unknown;
}

export interface EventStreamOptions {
  /** Sends a request with these header fields. */
  readonly request: (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>;
  readonly onEvent: (event: ServerEvent) => void;
  /** Called when events may be missing: everything must be read again. */
  readonly onGap: () => void;
  readonly onState: (state: ConnectionState) => void;
  /** Called when the server refuses the token, which ends the stream. */
  readonly onRefused: () => void;
  /** Time without a byte after which the connection counts as lost, in milliseconds. @default 40000 */
  readonly silenceMs?: number;
}

/** Connection to the server's events, which reconnects until it is closed. */
export interface EventStream {
  /** Connects now if the connection is lost. */
  retryNow(): void;
  close(): void;
}

/** Time before the next attempt if the server names none, in milliseconds. */
const RETRY_MS = 3_000;
/**
 * Time without a byte after which the connection counts as lost, in milliseconds. The server sends some every
 * 15 seconds.
 */
const SILENCE_MS = 40_000;

/**
 * Follows the server's events with fetch, since an EventSource cannot send a token. A connection that ends or
 * falls silent is replaced, and resumes after the last event.
 */
export function followEvents(options: EventStreamOptions): EventStream {
  const { onState, onGap, onRefused, silenceMs = SILENCE_MS } = options;
  const closing = new AbortController();
  let lastId: string | undefined;
  let retryMs = RETRY_MS;
  let wake: (() => void) | undefined;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function follow(): Promise<void> {
    onState('waiting');
    while (!closing.signal.aborted) {
      const waitMs = await connect();
      if (waitMs === undefined) {
        return;
      }
      onState('lost');
      await pause(waitMs);
    }
  }

  /**
   * Follows one connection; returns the time before the next one in milliseconds, or undefined if there is to
   * be none.
   */
  async function connect(): Promise<number | undefined> {
    const silence = new AbortController();
    let watch = setTimeout(() => {
      silence.abort();
    }, silenceMs);
    try {
      const response = await options.request(
        lastId === undefined ? {} : { 'Last-Event-ID': lastId },
        AbortSignal.any([closing.signal, silence.signal]),
      );
      if (response.status === 401 || response.status === 403) {
        onRefused();
        return undefined;
      }
      if (!response.ok || response.body === null) {
        const seconds = Number(response.headers.get('Retry-After'));
        return seconds > 0 ? seconds * 1000 : retryMs;
      }
      onState('live');
      // A resumed connection delivers what was missed, or says that it cannot.
      if (lastId === undefined) {
        onGap();
      }
      const parser = createParser({ onEvent: handle, onRetry: (ms) => (retryMs = ms) });
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          return retryMs;
        }
        clearTimeout(watch);
        watch = setTimeout(() => {
          silence.abort();
        }, silenceMs);
        parser.feed(decoder.decode(value, { stream: true }));
      }
    } catch {
      // The network failed, or the connection was closed here.
      return closing.signal.aborted ? undefined : retryMs;
    } finally {
      clearTimeout(watch);
    }
  }

  function handle({
    id,
    event = 'message',
    data,
  }: {
    id?: string | undefined;
    event?: string | undefined;
    data: string;
  }): void {
    lastId = id ?? lastId;
    if (event === 'reset') {
      onGap();
    } else {
      options.onEvent({ name: event, data: JSON.parse(data) });
    }
  }

  void follow();
  return {
    retryNow() {
      wake?.();
    },
    close() {
      closing.abort();
      wake?.();
    },
  };
}
