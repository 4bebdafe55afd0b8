import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

import pRetry, { AbortError } from 'p-retry';

import { shownHookUrl } from '../config/hook-url.js';
import { type HookEvent, isHookedOn } from '../config/hooks.js';
import { type Logger } from '../log/logger.js';
import { type HookResult } from '../metrics/metrics.js';
import { type HookFacts, type PendingEvent } from './hook-body.js';
import { type Hook } from './hook-secrets.js';
import { sendEvent, type SendResult } from './send-event.js';

/** Maximum number of events that wait for one hook. */
const MAX_WAITING = 256;
/** Maximum number of retries. The last one starts eight to ten minutes after the first attempt. */
const MAX_RETRIES = 10;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 120_000;

/** Sends events to the hooks of the configuration. */
export interface Hooks {
  /** Queues an event for each hook whose `on` includes it. */
  publish(event: HookEvent, at: number, facts: HookFacts): void;
  /** Applies a new configuration. A hook whose URL and `on` are unchanged keeps its waiting events. */
  configure(hooks: readonly Hook[]): void;
  /** Number of events not yet delivered, including those being sent. */
  readonly waiting: number;
  /** Delivers waiting events for at most `graceMs`, and discards the rest. */
  close(graceMs: number): Promise<void>;
}

export interface HooksOptions {
  readonly hooks: readonly Hook[];
  readonly version: string;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Called when events have been delivered or lost, with their number. */
  readonly onResult?: (result: HookResult, events: number) => void;
  /** Delay before the first retry, in milliseconds. @default 1000 */
  readonly firstDelayMs?: number;
}

export function createHooks({
  hooks,
  version,
  logger,
  onResult,
  firstDelayMs = FIRST_DELAY_MS,
}: HooksOptions): Hooks {
  const queues = new Map<string, HookQueue>();
  configure(hooks);

  function configure(next: readonly Hook[]): void {
    for (const [key, queue] of queues) {
      if (!next.some((hook) => keyOf(hook) === key)) {
        queues.delete(key);
        queue.stop();
      }
    }
    for (const hook of next) {
      const queue =
        queues.get(keyOf(hook)) ?? new HookQueue(hook, { logger, onResult, firstDelayMs });
      queue.hook = hook;
      queues.set(keyOf(hook), queue);
    }
  }

  return {
    publish(event, at, facts) {
      const pending = eventOf(event, { at, version, facts });
      for (const queue of queues.values()) {
        if (isHookedOn(queue.hook, event)) {
          queue.add(pending);
        }
      }
    },
    configure,
    get waiting() {
      return [...queues.values()].reduce((sum, queue) => sum + queue.waiting, 0);
    },
    async close(graceMs) {
      await Promise.all([...queues.values()].map((queue) => queue.close(graceMs)));
      queues.clear();
    },
  };
}

/** Returns an event with a new id and the name of this host. */
export function eventOf(
  event: PendingEvent['event'],
  {
    at,
    version,
    facts,
  }: { readonly at: number; readonly version: string; readonly facts: HookFacts },
): PendingEvent {
  return {
    id: randomUUID(),
    event,
    at: new Date(at).toISOString(),
    server: { name: hostname(), version },
    ...facts,
  };
}

/**
 * Returns a key that identifies a hook across reloads. Two hooks may have the same URL for different events.
 */
function keyOf({ url, on }: Hook): string {
  return `${url} ${on.join()}`;
}

/** Options of a queue, with the defaults filled in. */
interface QueueOptions extends Pick<HooksOptions, 'logger'> {
  readonly onResult: HooksOptions['onResult'] | undefined;
  readonly firstDelayMs: number;
}

/** Events of one hook, delivered one at a time so that they arrive in order. */
class HookQueue {
  hook: Hook;
  readonly #options: QueueOptions;
  readonly #events: PendingEvent[] = [];
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #hasFailed = false;
  #lost = 0;

  constructor(hook: Hook, options: QueueOptions) {
    this.hook = hook;
    this.#options = options;
  }

  get waiting(): number {
    return this.#events.length;
  }

  add(event: PendingEvent): void {
    this.#events.push(event);
    if (this.#events.length > MAX_WAITING) {
      // Drop a boot event rather than one of the few events about installations. The first event is currently
      // being sent.
      const boot = this.#events.findIndex(
        (queued, index) => index > 0 && queued.boot !== undefined,
      );
      this.#events.splice(boot === -1 ? 1 : boot, 1);
      this.#lose(1);
    }
    this.#running ??= this.#run();
  }

  stop(): void {
    this.#stopped.abort();
  }

  async close(graceMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.stop();
    }, graceMs);
    await this.#running;
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    for (let event = this.#events[0]; event !== undefined; event = this.#events[0]) {
      const isDelivered = await this.#deliver(event);
      if (this.#stopped.signal.aborted && !isDelivered) {
        this.#lose(this.#events.splice(0).length);
        break;
      }
      this.#events.shift();
    }
    this.#running = undefined;
  }

  /** Delivers an event, with retries; returns true if it was delivered. */
  async #deliver(event: PendingEvent): Promise<boolean> {
    const { signal } = this.#stopped;
    const { firstDelayMs } = this.#options;
    try {
      await pRetry(() => this.#attempt(event), {
        retries: MAX_RETRIES,
        minTimeout: firstDelayMs,
        maxTimeout: LONGEST_DELAY_MS,
        signal,
      });
      this.#succeed();
      return true;
    } catch {
      // The attempt has already reported the failure, unless the daemon is shutting down.
      if (!signal.aborted) {
        this.#lose(1);
      }
      return false;
    }
  }

  async #attempt(event: PendingEvent): Promise<void> {
    const result = await sendEvent(this.hook, event, this.#stopped.signal);
    if (result.ok) {
      return;
    }
    if (!this.#stopped.signal.aborted) {
      this.#fail(result);
    }
    throw result.isTemporary ? new Error(result.reason) : new AbortError(result.reason);
  }

  #succeed(): void {
    this.#options.onResult?.('delivered', 1);
    if (this.#hasFailed) {
      this.#options.logger.info(
        { event: 'hook.recovered', url: this.#url, lost: this.#lost },
        `the hook ${this.#url} answers again; events lost: ${this.#lost}`,
      );
    }
    this.#hasFailed = false;
    this.#lost = 0;
  }

  #fail({ reason }: Extract<SendResult, { ok: false }>): void {
    if (!this.#hasFailed) {
      this.#options.logger.warn(
        { event: 'hook.failed', url: this.#url, reason },
        `cannot deliver events to the hook ${this.#url}: ${reason}`,
      );
    }
    this.#hasFailed = true;
  }

  #lose(events: number): void {
    if (events > 0) {
      this.#lost += events;
      this.#options.onResult?.('lost', events);
    }
  }

  get #url(): string {
    return shownHookUrl(this.hook.url);
  }
}
