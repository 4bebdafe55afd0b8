import { readFileSync } from 'node:fs';
import { type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { type StoredTarget } from '@pxe/debian-netboot';
import { fallbackReason } from '@pxe/udp-batch';

import { type AllowList } from './access/allow-list.js';
import { writeAddressFile } from './admin/address-file.js';
import { type AdminPlane, createAdminPlane, type ReadinessCheck } from './admin/admin-plane.js';
import { type AdminTokens } from './admin/admin-tokens.js';
import { readPages } from './admin/pages.js';
import { addApi } from './api/api.js';
import { summarize } from './api/boot-view.js';
import { createEventStream, type EventStream } from './api/event-stream.js';
import { describeServed } from './api/image-view.js';
import { bootFiles } from './boot-files/boot-files.js';
import { bootUrl } from './boot-files/boot-url.js';
import { withoutCredentials } from './config/credentials.js';
import { type PlacedConfig } from './config/loaded-config.js';
import { configChange, type ConfigChange, originsInForce } from './config/restart-keys.js';
import { isAdminExposed, type ServerConfig, syslogAddresses } from './config/schema.js';
import { createBlobCache } from './content/blob-cache.js';
import { loadSplash } from './content/content.js';
import { type ControlSocket, createControlSocket } from './control/control-socket.js';
import { usualBootFiles } from './dhcp/boot-files.js';
import { advertisedAddress } from './dhcp/own-address.js';
import { type ProxyDhcpView } from './dhcp/proxy-dhcp-link.js';
import { createProxyDhcp, type ProxyDhcp } from './dhcp/proxy-dhcp.js';
import { obstacleOf } from './dhcp/server-addresses.js';
import { createHooks, type Hooks } from './hooks/hooks.js';
import { type BootPlane, createBootPlane } from './http/boot-plane.js';
import { createStatusPage } from './http/status-page.js';
import { createImageFetch, type ImageFetch } from './images/fetch-status.js';
import { createImageService, type ImageService } from './images/image-service.js';
import { openServedStore } from './images/served-store.js';
import { createInstallService } from './installs/install-service.js';
import {
  COMFORTABLE_DESCRIPTORS,
  resourceLimits,
  type ResourceLimits,
  type SystemResources,
} from './limits/resource-limits.js';
import { readSystemResources, socketMemoryReader } from './limits/system-resources.js';
import { changedFiles, liveSettings, type LiveSettingsParts } from './live-settings.js';
import { createBootEvents } from './log/events.js';
import { createImageEvents, type ImageEvents } from './log/image-events.js';
import { type Logger } from './log/logger.js';
import { menuFindings } from './log/menu-findings.js';
import { type BootChange } from './machines/boot-correlator.js';
import { createBootJournal } from './machines/boot-journal.js';
import { bootLines, sightingLines } from './machines/boot-lines.js';
import { INSTALL_PATHS } from './machines/file-role.js';
import { watchBoots } from './machines/watch-boots.js';
import { LOCAL_DISK_ID } from './menu/boot-menu.js';
import { SPLASH_PATH } from './menu/theme.js';
import { type ImageFigures } from './metrics/image-metrics.js';
import { createMetrics, type Metrics } from './metrics/metrics.js';
import { type BootNamespace, createBootNamespace } from './namespace/boot-namespace.js';
import { createLoaderMemory, rememberLoaders } from './namespace/loader-memory.js';
import { logicalPath } from './namespace/logical-path.js';
import { secondStagePath } from './namespace/second-stage.js';
import { type Finding } from './self-check/finding.js';
import { findLink } from './self-check/link.js';
import { freeBytesOf, localFindings } from './self-check/local-findings.js';
import { checkOnNewAddresses, createSelfCheck, type SelfCheck } from './self-check/self-check.js';
import { firstBootId } from './state/boot-ids.js';
import { type StateFailure } from './state/failure.js';
import { startState } from './state/state.js';
import { createSyslogReceiver } from './syslog/syslog-receiver.js';
import { createTftpPlane } from './tftp/tftp-plane.js';
import { unfinishedText, type UnfinishedWork } from './unfinished-work.js';

/** Maximum number of clients that follow the event stream of the API. */
const MAX_STREAMS = 32;

/** Maximum time to deliver hook events on shutdown, in milliseconds. */
const MAX_HOOK_GRACE_MS = 5_000;

/** Addresses of the planes, as `address:port`. */
export interface Planes {
  readonly tftp: readonly string[];
  readonly http: readonly string[];
  readonly admin: readonly string[];
  /** Addresses on which installers' logs are received. */
  readonly syslog: readonly string[];
}

/** Running daemon. */
export interface RunningDaemon {
  /** Addresses that each plane listens on, as `address:port`. */
  readonly addresses: Planes;
  readonly view: DaemonView;
  /**
   * Applies a new configuration to later requests, without touching transfers. The metrics show whether that
   * succeeded.
   *
   * @param read - returns the new configuration
   * @returns the keys that changed, and those that need a restart
   * @throws the error of `read`, or {@link ConfigError} when a file that the configuration names cannot be
   * used; the old configuration stays in force
   */
  reload(read: () => PlacedConfig | Promise<PlacedConfig>): Promise<AppliedChange>;
  /**
   * Accepts new transfers during the lame-duck time, lets running ones finish within the drain
   * timeout, then releases everything.
   */
  drain(): Promise<void>;
}

/** State of a running daemon, for code in the same process. */
export interface DaemonView {
  /**
   * Returns the addresses that each plane currently listens on. With `tftp.listen: auto`, those of TFTP
   * change with the host's addresses.
   */
  addresses(): Planes;
  readonly fetch: Pick<ImageFetch, 'status' | 'progress'>;
  /** Returns the images that are served. */
  images(): readonly StoredTarget[];
  /** Returns what is known about each interface with a ProxyDHCP service. */
  proxyDhcp(): readonly ProxyDhcpView[];
  /** Returns the problems with this host that keep machines from booting, as of the last check. */
  findings(): readonly Finding[];
  /**
   * Returns the reason why boots are currently kept only in memory; undefined while the database is
   * available.
   */
  stateFailure(): StateFailure | undefined;
  /** Returns the work that must finish before the daemon can stop. */
  unfinished(): UnfinishedWork;
  /** Calls a function for each change to a boot from now on. */
  followBoots(onChange: (change: BootChange) => void): void;
}

/** Result of a reload. */
export type AppliedChange = Pick<ConfigChange, 'changed' | 'needRestart'> & {
  /** Configuration that is now in force. */
  readonly config: ServerConfig;
};

/** Running daemon without its shutdown function, and the configuration in force. */
interface StartedPlanes extends Pick<RunningDaemon, 'addresses' | 'view' | 'reload'> {
  readonly config: () => ServerConfig;
}

/**
 * Composes and starts the daemon. This is the only place where TFTP, menus and images meet.
 *
 * @throws {@link ConfigError}, {@link ListenError}, {@link NetbootError} or {@link ResourceError} when it
 * cannot start; leaves nothing open
 */
export async function startDaemon(placed: PlacedConfig, logger: Logger): Promise<RunningDaemon> {
  /** Functions that close the parts started so far, called in reverse order. */
  const running: ((graceMs: number) => Promise<void>)[] = [];
  const closeAll = async (graceMs: number): Promise<void> => {
    const failures: unknown[] = [];
    for (const close of running.splice(0).reverse()) {
      await close(graceMs).catch((error: unknown) => failures.push(error));
    }
    for (const error of failures) {
      logger.error({ event: 'serve.stop-failed', err: error });
    }
  };
  let planes: StartedPlanes;
  try {
    planes = await startPlanes(placed, logger, running);
    const { addresses } = planes;
    logger.info({ event: 'serve.ready', ...addresses }, readyMessage(addresses));
  } catch (error) {
    await closeAll(0);
    throw error;
  }
  return {
    addresses: planes.addresses,
    view: planes.view,
    reload: planes.reload,
    async drain() {
      const { lameDuck, timeout } = planes.config().drain;
      const work = planes.view.unfinished();
      logger.info(
        { event: 'serve.draining', lameDuck, timeout, ...work },
        `stopping: ${unfinishedText(work) ?? 'no transfers are running'}`,
      );
      await delay(lameDuck);
      await closeAll(timeout);
      logger.info({ event: 'serve.stopped' }, 'stopped');
    },
  };
}

async function startPlanes(
  { config, origins: firstOrigins }: PlacedConfig,
  logger: Logger,
  running: ((graceMs: number) => Promise<void>)[],
): Promise<StartedPlanes> {
  const bootLog = createBootEvents(logger, (name) => {
    const path = logicalPath(name);
    return path === undefined ? undefined : namespace.refusalReason(path, { transport: 'tftp' });
  });
  running.push(() => {
    bootLog.close();
    return Promise.resolve();
  });
  const version = ownVersion();
  const metrics = createMetrics(version);
  const system = readSystemResources();
  const limits = resourceLimits(system, config.tftp);
  reportLimits(logger, system, limits);
  const logSighting = sightingLines(logger);
  // Requests may arrive on the first socket of a plane while the others are being bound.
  const bound: { boot?: BootPlane; proxyDhcp?: ProxyDhcp; selfCheck?: SelfCheck } = {};
  const journal = createBootJournal({
    onChange: bootLines(logger, bootLog.admitsLine),
    onSighting: (sighting) => {
      bound.proxyDhcp?.requestedFrom(sighting.address);
      logSighting(sighting);
    },
    firstId: firstBootId(Date.now(), Math.random()),
  });
  journal.follow(metrics.bootChanged);
  running.push(() => {
    journal.close();
    return Promise.resolve();
  });
  const stream = createEventStream(journal, {
    maxClients: Math.min(MAX_STREAMS, Math.floor(limits.admin.maxConnections / 2)),
  });
  running.push(() => {
    stream.close();
    return Promise.resolve();
  });
  const fetch = createImageFetch({
    images: () => live.config.images,
    events: publishSyncs(metrics, stream, () => hooks, createImageEvents(logger)),
  });
  running.push(() => {
    fetch.close();
    return Promise.resolve();
  });
  const imageEvents = fetch.events;
  const store = await openServedStore(config.dataDir, imageEvents, (event) => {
    imageEvents.storeEvent(event);
    if (event.type === 'fileDamaged') {
      images.repair();
    }
  });
  const cache = createBlobCache(
    (sha256, size) => store.openVerified({ sha256, size }),
    limits.cacheBytes,
  );
  const loaders = createLoaderMemory({
    onGrub: (address) => {
      bound.boot?.restarted(address);
    },
  });
  const state = await startState({ config, isReadOnly: store.readOnly, journal, logger });
  running.push(() => state.close());
  const events = rememberLoaders(
    loaders,
    watchBoots(
      journal,
      metrics.watch(bootLog),
      {
        servedPath: (path) => namespace.servedPath(path),
        get generation() {
          return namespace.generation;
        },
        get notReady() {
          return namespace.notReady;
        },
      },
      (machine) => installs.preview(machine).boot === LOCAL_DISK_ID,
    ),
    (path) => namespace.servedPath(path),
  );
  const parts: LiveSettingsParts = {
    canRefresh: !store.readOnly,
    httpAddresses: () => bound.boot?.addresses ?? [],
    planOf: (machine) => installs.planOf(machine),
    onMenuFinding: menuFindings(logger),
    onError: (error) => {
      events.unexpectedError('access', error);
    },
  };
  let live = await liveSettings(config, parts);
  running.push(async () => {
    await live.mirror?.[Symbol.asyncDispose]();
  });
  let origins = firstOrigins;
  const hooks = startHooks();
  const installs = createInstallService({
    settings: live.installs,
    logger,
    admitsLine: bootLog.admitsLine,
    isShared: typeof config.state === 'object' && config.state.url !== undefined,
    databaseTried: state.tried,
    onStep: ({ host, profile, hostKeys }, { at, ...step }) => {
      hooks.publish(`install.${step.state}`, at, {
        install: {
          host,
          profile,
          ...step,
          ...(hostKeys !== undefined && { hostKeys: [...hostKeys] }),
        },
      });
    },
    onChange: () => {
      stream.publishHosts();
    },
    logTargetAt: (host) => syslog.targetAt(host),
    onReport: ({ stage, ...facts }) => {
      journal.see({
        at: Date.now(),
        durationMs: 0,
        transport: 'http',
        path: INSTALL_PATHS[stage],
        result: 'delivered',
        ...facts,
      });
    },
  });
  running.push(() => {
    installs.close();
    return Promise.resolve();
  });
  state.whenOpen((db) => {
    installs.use(db);
  });
  const allowList: AllowList = { allows: (address) => live.allowList.allows(address) };
  const splash = await loadSplash();
  const generated = bootFiles(() => live.bootFiles, loaders, splash);
  const namespace = createBootNamespace({
    generated: generated.files,
    ownConfig: generated.ownConfig,
    fallback: (path, client) => secondStagePath(path, client, loaders),
    notReady: () => fetch.describe(),
  });
  const images = createImageService({
    store,
    settings: () => live.images,
    events: imageEvents,
    onGeneration: (generation) => {
      namespace.use(generation);
    },
    onOthers: (others) => {
      namespace.alsoServe(others);
    },
  });
  await images.load();
  const syslog = await createSyslogReceiver({
    listen: syslogAddresses(config),
    allowList,
    installs,
    logger,
    events: bootLog,
    onStep: (step) => {
      journal.addStep(step);
    },
    onMessage: metrics.syslogMessage,
  });
  running.push(() => syslog.close());

  let areBound = false;
  const readiness = (): readonly ReadinessCheck[] => [
    { name: 'sockets', ok: areBound },
    imageReadiness(namespace, images.damaged.length),
  ];
  const admin = await createAdminPlane({
    listen: config.admin.listen,
    access: () => live.access,
    readiness,
    metrics,
    pages: [
      ...(await readPages(fileURLToPath(new URL('../dist/dashboard/', import.meta.url)))),
      { path: SPLASH_PATH, bytes: Buffer.from(splash.bytes) },
    ],
    api: (app) =>
      addApi(app, {
        history: state.history,
        isHistoryStored: state.isStored,
        stream,
        store,
        images,
        source: () => live.images.source?.name,
        version,
        events,
        installs,
        fetch,
        proxyDhcp: () => bound.proxyDhcp?.view() ?? [],
        selfCheck: () => bound.selfCheck?.result ?? { checkedAt: undefined, findings: [] },
        bootFiles: () => live.bootFiles,
        loaders,
        // Requests may arrive before the other planes listen.
        addresses: () => (areBound ? addresses() : { tftp: [], http: [], admin: [] }),
        config: () => live.config,
        origins: () => origins,
        tokens: () => live.access,
        logOf: (install) => syslog.logOf(install),
      }),
    limits: limits.admin,
    events,
    onChange: (facts) => {
      bootLog.changeRequested(facts);
    },
  });
  running.push(() => admin.close());
  await publishAdminAddress(logger, config, admin);
  reportClosedAdmin(logger, config, live.access);
  const boot = await createBootPlane({
    listen: config.http.listen,
    namespace,
    cache,
    page: createStatusPage({
      images: () => images.served?.manifest.targets ?? [],
      notReady: () => namespace.notReady,
      bootFiles: () => usualBootFiles(live.config.images.map(({ arch }) => arch)),
    }),
    allowList,
    events,
    onAnswer: (address) => {
      journal.began(address);
      return () => {
        journal.ended(address);
      };
    },
    installs: {
      start: (start, address) => installs.start(start, address),
      answer: (secret, method, client) =>
        installs.answer({
          ...secret,
          method,
          address: client.address,
          origin: bootUrl(client, live.bootFiles).origin,
        }),
    },
    mirror: () => live.mirror,
    limits: limits.http,
    socketMemory: socketMemoryReader(),
  });
  bound.boot = boot;
  const tftp = await startTftp();
  await startProxyDhcp();
  areBound = true;
  metrics.read({
    tftp: () => tftp.usage(),
    http: () => boot.usage,
    admin: () => admin.usage,
    images: () => imageFigures(images),
    hooks: () => hooks,
    limits,
  });
  await state.started;
  let isClosing = false;
  let control: Promise<ControlSocket | undefined> = Promise.resolve(undefined);
  running.push(async () => {
    isClosing = true;
    await (await control)?.close();
  });
  state.whenOwned(() => {
    if (!isClosing) {
      control = openControlSocket();
    }
  });
  images.start();
  // Closed together, so that each refuses new requests without waiting for the others, and before the admin
  // plane, which answers health checks until they are closed.
  running.push(async (graceMs) => {
    await Promise.all([
      bound.proxyDhcp?.close(),
      boot.close({ graceMs }),
      tftp.close({ graceMs }),
      images.stop(),
    ]);
  });

  const selfCheck = createSelfCheck({ look: lookAtHost, logger });
  bound.selfCheck = selfCheck;
  running.push(() => {
    selfCheck.close();
    return Promise.resolve();
  });

  async function lookAtHost(): Promise<readonly Finding[]> {
    const found = await findLink(undefined);
    const findings = localFindings({
      // Without a network, TFTP is only on loopback.
      obstacle: 'link' in found ? obstacleOf(addresses(), live.config) : undefined,
      images: describeServed(images, Date.now()),
      dataDir: config.dataDir,
      // If another process writes the store, this one needs no space.
      freeBytes: store.readOnly ? Infinity : await freeBytesOf(config.dataDir),
      allow: live.config.access.allow,
      link: 'link' in found ? found.link : undefined,
      now: new Date(),
    });
    const isFetching = fetch.status.state === 'fetching' || fetch.status.state === 'elsewhere';
    return [
      ...('finding' in found ? [found.finding] : []),
      // Not a problem while the first images are being fetched.
      ...findings.filter(({ rule }) => !(rule === 'no-images' && isFetching)),
    ];
  }

  /**
   * Opens the control socket, unless the store is read-only. Machines boot without it, so a failure affects
   * only commands on this host and is just logged.
   */
  async function openControlSocket(): Promise<ControlSocket | undefined> {
    if (store.readOnly) {
      return undefined;
    }
    try {
      const parts = { journal, fetchStatus: () => namespace.notReady };
      return await createControlSocket(config.dataDir, parts, (request, response) => {
        admin.answerLocalUser(request, response);
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.info(
        { event: 'serve.no-control-socket', reason },
        `"pxeboot boots" cannot reach this daemon: ${reason}`,
      );
      return undefined;
    }
  }

  function startHooks(): Hooks {
    const started = createHooks({
      hooks: live.hooks,
      version,
      logger,
      onResult: metrics.hookResult,
    });
    running.push((graceMs) => started.close(Math.min(graceMs, MAX_HOOK_GRACE_MS)));
    journal.follow(({ type, boot, isForeign }) => {
      if (type === 'ended' && isForeign !== true && boot.proven) {
        started.publish('boot.ended', boot.lastSeenAt, { boot: summarize(boot) });
      }
    });
    return started;
  }

  async function startTftp(): ReturnType<typeof createTftpPlane> {
    if (config.tftp.nativeSockets && fallbackReason !== undefined) {
      logger.info(
        { event: 'tftp.sockets', reason: fallbackReason },
        `TFTP sends and receives datagrams one at a time: ${fallbackReason}`,
      );
    }
    try {
      return await createTftpPlane({
        settings: config.tftp,
        quirks: (address) => live.quirks(address),
        namespace,
        cache,
        allowList,
        events: checkOnNewAddresses(events, () => {
          void bound.selfCheck?.check();
        }),
        startInstall: (start, address) => installs.start(start, address),
        limits: limits.tftp,
      });
    } catch (error) {
      await boot.close();
      throw error;
    }
  }

  async function startProxyDhcp(): Promise<void> {
    if (!config.proxyDhcp.enabled) {
      return;
    }
    try {
      const proxyDhcp = await createProxyDhcp({
        settings: config.proxyDhcp,
        manifest: () => namespace.generation?.manifest,
        advertised: (localAddress) => ({
          server: advertisedAddress(live.config) ?? localAddress,
          baseUrl: bootUrl({ localAddress }, live.bootFiles).origin,
        }),
        allowList,
        events,
        logger,
        admitsLine: bootLog.admitsLine,
      });
      bound.proxyDhcp = proxyDhcp;
    } catch (error) {
      await Promise.all([boot.close(), tftp.close()]);
      throw error;
    }
  }

  let lastReload: Promise<unknown> = Promise.resolve();
  /**
   * Applies a configuration once the reloads that were requested earlier have finished, since each compares
   * its configuration with the result of the previous one.
   */
  function reload(read: () => PlacedConfig | Promise<PlacedConfig>): Promise<AppliedChange> {
    const applied = lastReload.then(read).then(apply);
    lastReload = applied.then(
      () => {
        metrics.reloaded(true);
      },
      () => {
        metrics.reloaded(false);
      },
    );
    return applied;
  }

  async function apply(next: PlacedConfig): Promise<AppliedChange> {
    const change = configChange(live.config, next.config);
    const before = live;
    live = await liveSettings(change.config, parts);
    // Files that installers are already reading still arrive in full.
    before.mirror?.close().catch((error: unknown) => {
      events.unexpectedError('mirror', error);
    });
    origins = originsInForce(origins, next.origins, change.needRestart);
    installs.configure(live.installs);
    hooks.configure(live.hooks);
    const changed = [...change.changed, ...changedFiles(before, live)];
    if (changed.some((key) => /^(?:images$|firmware$|menu\.entries$|source\.)/.test(key))) {
      images.settingsChanged('images');
    } else if (changed.some((key) => key.startsWith('refresh.'))) {
      images.settingsChanged('schedule');
    }
    void selfCheck.check();
    return { ...change, changed };
  }

  const addresses = (): Planes => ({
    tftp: tftp.addresses.map(addressText),
    http: boot.addresses.map(addressText),
    admin: admin.addresses.map(addressText),
    syslog: syslog.addresses,
  });
  return {
    addresses: addresses(),
    reload,
    config: () => live.config,
    view: {
      addresses,
      fetch,
      images: () => images.served?.manifest.targets ?? [],
      proxyDhcp: () => bound.proxyDhcp?.view() ?? [],
      findings: () => selfCheck.result.findings,
      stateFailure: () => state.failure,
      unfinished: () => ({
        transfers: tftp.usage().transfers + boot.usage.active,
        isFetching: images.isRefreshing,
      }),
      followBoots: (onChange) => journal.follow(onChange),
    },
  };
}

/** Logs that other hosts can reach the admin interface, but can use little of it without a token. */
function reportClosedAdmin(
  logger: Logger,
  config: ServerConfig,
  { token, readToken }: AdminTokens,
): void {
  if ((token ?? readToken) !== undefined || !isAdminExposed(config)) {
    return;
  }
  logger.info(
    { event: 'admin.no-token' },
    "no admin.token or admin.readToken is set, so the admin interface answers other hosts only with health checks, metrics and the dashboard's static files",
  );
}

/**
 * Writes the address of the admin plane into `admin.addressFile`. Machines boot without it, so a failure
 * affects only health checks and is just logged.
 */
async function publishAdminAddress(
  logger: Logger,
  { admin: { addressFile } }: ServerConfig,
  { addresses: [bound] }: AdminPlane,
): Promise<void> {
  if (addressFile === undefined || bound === undefined) {
    return;
  }
  try {
    await writeAddressFile(addressFile, bound);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn(
      { event: 'admin.no-address-file', path: addressFile, reason },
      `health checks cannot find the admin interface: ${reason}`,
    );
  }
}

/** Logs the limits, and warns if the file descriptors suffice for only a few machines at a time. */
function reportLimits(logger: Logger, system: SystemResources, limits: ResourceLimits): void {
  const { tftp, http, admin, cacheBytes } = limits;
  logger.debug({ event: 'serve.limits', ...system, tftp, http, admin, cacheBytes }, 'limits');
  if (system.descriptors >= COMFORTABLE_DESCRIPTORS) {
    return;
  }
  logger.warn(
    { event: 'serve.few-descriptors', descriptors: system.descriptors },
    `the limit of ${system.descriptors} file descriptors allows only ${http.maxConnections} boot HTTP connections; raise it to ${COMFORTABLE_DESCRIPTORS} or more (ulimit -n, LimitNOFILE=)`,
  );
}

function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Wraps image events: counts refreshes in the metrics, and publishes them to clients of the API and hooks. */
function publishSyncs(
  { syncFinished }: Metrics,
  stream: EventStream,
  hooks: () => Hooks,
  events: ImageEvents,
): ImageEvents {
  return {
    ...events,
    imagesReady(generation) {
      stream.publishImages({ type: 'served', generation: generation.id });
      events.imagesReady(generation);
    },
    syncStarted() {
      stream.publishImages({ type: 'refreshStarted' });
      events.syncStarted();
    },
    syncFinished(outcome, nextInMs) {
      syncFinished(outcome);
      stream.publishImages({ type: 'refreshFinished', outcome });
      hooks().publish('images.synced', Date.now(), { images: { outcome } });
      events.syncFinished(outcome, nextInMs);
    },
    syncFailed(error, retryInMs) {
      syncFinished('failed');
      stream.publishImages({ type: 'refreshFinished', outcome: 'failed' });
      const reason = withoutCredentials(error instanceof Error ? error.message : String(error));
      hooks().publish('images.failed', Date.now(), {
        images: { outcome: 'failed', error: reason },
      });
      events.syncFailed(error, retryInMs);
    },
  };
}

function imageFigures(images: ImageService): ImageFigures {
  const { served, damaged } = images;
  return {
    isReady: served !== undefined && damaged.length === 0,
    damagedFiles: damaged.length,
    images: (served?.manifest.targets ?? []).map((target) => ({
      ...target,
      confirmedAt: images.confirmedAt(target).getTime(),
    })),
  };
}

function imageReadiness(
  { generation, notReady }: Pick<BootNamespace, 'generation' | 'notReady'>,
  damagedFiles: number,
): ReadinessCheck {
  if (generation === undefined) {
    const detail = `the store has no complete generation yet: ${notReady ?? ''}`;
    return { name: 'images', ok: false, detail };
  }
  const { id } = generation;
  if (damagedFiles === 0) {
    return { name: 'images', ok: true, detail: id };
  }
  return { name: 'images', ok: false, detail: `damaged files of ${id}: ${damagedFiles}` };
}

function addressText({ address, port }: Pick<AddressInfo, 'address' | 'port'>): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function readyMessage({ tftp, http, admin }: Planes): string {
  return `serving TFTP on ${tftp.join(', ')}; boot HTTP on ${http.join(', ')}; admin on ${admin.join(', ')}`;
}
