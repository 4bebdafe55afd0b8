import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

import { type ConnectionLimits } from '../limits/resource-limits.js';
import { type BootMetrics, createBootMetrics } from './boot-metrics.js';
import { createImageMetrics, type ImageFigures } from './image-metrics.js';

/**
 * Time in milliseconds for which the metrics text is cached. Anyone may request it, so it is not built
 * for each request.
 */
const TEXT_FOR_MS = 1000;

/** Interval at which the delay of the event loop is sampled, in milliseconds. */
const LOOP_SAMPLE_MS = 100;

/** Current connections of a plane, and the number of hits of each limit by name. */
export interface PlaneUsage {
  readonly connections: number;
  readonly hits: Readonly<Record<string, number>>;
}

/** Functions that read the current figures whenever the text of the metrics is built, and the limits of each plane. */
export interface UsageSources {
  readonly tftp: () => { readonly transfers: number; readonly halfOpen: number };
  readonly http: () => PlaneUsage;
  readonly admin: () => PlaneUsage;
  readonly images: () => ImageFigures;
  readonly hooks: () => { readonly waiting: number };
  readonly limits: {
    readonly tftp: { readonly maxTransfers: number };
    readonly http: ConnectionLimits;
    readonly admin: ConnectionLimits;
  };
}

/** Metrics of the daemon, in Prometheus' text format. */
export interface Metrics extends BootMetrics {
  readonly contentType: string;
  /** Returns the text of all metrics, at most a second old. */
  text(): Promise<string>;
  /** Counts the result of a sync. */
  readonly syncFinished: (outcome: 'complete' | 'partial' | 'failed') => void;
  /** Counts delivered or lost hook events. */
  readonly hookResult: (result: HookResult, events: number) => void;
  /** Counts a message from an installer's log. */
  readonly syslogMessage: (result: SyslogResult) => void;
  /** Sets the result of the last reload of the configuration. */
  readonly reloaded: (isSuccess: boolean) => void;
  /** Registers figures that are read from other parts of the daemon on demand. */
  read(sources: UsageSources): void;
}

export function createMetrics(version: string): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_SAMPLE_MS });
  new Gauge({
    name: 'pxeboot_build_info',
    help: 'Version of the daemon; always 1.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  const images = createImageMetrics(registry);
  const reloaded = createReloadMetrics(registers);
  reloaded(true);
  let text: { readonly value: Promise<string>; readonly at: number } | undefined;
  return {
    ...createBootMetrics(registry),
    contentType: registry.contentType,
    text() {
      const now = performance.now();
      if (text === undefined || now - text.at > TEXT_FOR_MS) {
        text = { value: registry.metrics(), at: now };
      }
      return text.value;
    },
    syncFinished: images.syncFinished,
    hookResult: createResultCounter(registers, HOOK_RESULTS, {
      name: 'pxeboot_hook_events_total',
      help: 'Hook events by result.',
    }),
    syslogMessage: createResultCounter(registers, SYSLOG_RESULTS, {
      name: 'pxeboot_syslog_messages_total',
      help: 'Installer log messages by result.',
    }),
    reloaded,
    read(sources) {
      images.read(sources.images);
      readUsage(registry, sources);
    },
  };
}

/** Results of hook events: a lost event was refused, or discarded before it could be delivered. */
export const HOOK_RESULTS = ['delivered', 'lost'] as const;
export type HookResult = (typeof HOOK_RESULTS)[number];

/** Results of messages from installers' logs. */
export const SYSLOG_RESULTS = [
  /** The message belongs to an installation. */
  'kept',
  /** The sender is allowed to boot, but has no installation. */
  'unassigned',
  'denied',
  'rate_limited',
  'too_long',
] as const;
export type SyslogResult = (typeof SYSLOG_RESULTS)[number];

/**
 * Creates a counter labelled by result, starting at 0 for each; returns a function that counts one or more
 * results.
 */
function createResultCounter<Result extends string>(
  registers: Registry[],
  results: readonly Result[],
  { name, help }: { readonly name: string; readonly help: string },
): (result: Result, count?: number) => void {
  const counter = new Counter({ name, help, labelNames: ['result'], registers });
  for (const result of results) {
    counter.inc({ result }, 0);
  }
  return (result, count = 1) => {
    counter.inc({ result }, count);
  };
}

/** Creates the metrics of reloads; returns a function that records the result of a reload or of the start. */
function createReloadMetrics(registers: Registry[]): (isSuccess: boolean) => void {
  const isSuccessful = new Gauge({
    name: 'pxeboot_config_last_reload_successful',
    help: '1 if the last reload of the configuration was successful.',
    registers,
  });
  const succeededAt = new Gauge({
    name: 'pxeboot_config_last_reload_success_timestamp_seconds',
    help: 'Time of the last successful reload of the configuration, or of the start, in seconds since 1970.',
    registers,
  });
  return (isSuccess) => {
    isSuccessful.set(isSuccess ? 1 : 0);
    if (isSuccess) {
      succeededAt.setToCurrentTime();
    }
  };
}

function readUsage(registry: Registry, { tftp, http, admin, hooks, limits }: UsageSources): void {
  const registers = [registry];
  new Gauge({
    name: 'pxeboot_hook_events_waiting',
    help: 'Events that wait for a hook to accept them.',
    registers,
    collect() {
      this.set(hooks().waiting);
    },
  });
  new Gauge({
    name: 'pxeboot_tftp_transfers',
    help: 'TFTP transfers in flight.',
    registers,
    collect() {
      this.set(tftp().transfers);
    },
  });
  new Gauge({
    name: 'pxeboot_tftp_transfers_limit',
    help: 'Maximum number of TFTP transfers.',
    registers,
  }).set(limits.tftp.maxTransfers);
  new Gauge({
    name: 'pxeboot_connections',
    help: 'TCP connections.',
    labelNames: ['plane'],
    registers,
    collect() {
      this.set({ plane: 'http' }, http().connections);
      this.set({ plane: 'admin' }, admin().connections);
    },
  });
  const limit = new Gauge({
    name: 'pxeboot_connections_limit',
    help: 'Maximum number of TCP connections.',
    labelNames: ['plane'],
    registers,
  });
  limit.set({ plane: 'http' }, limits.http.maxConnections);
  limit.set({ plane: 'admin' }, limits.admin.maxConnections);
  new Counter({
    name: 'pxeboot_connection_limit_hits_total',
    help: 'Connections refused or closed to make room for others, by the limit that was reached.',
    labelNames: ['plane', 'limit'],
    registers,
    collect() {
      this.reset();
      for (const [plane, { hits }] of Object.entries({ http: http(), admin: admin() })) {
        for (const [name, count] of Object.entries(hits)) {
          this.inc({ plane, limit: name.replaceAll(' ', '_') }, count);
        }
      }
    },
  });
}
