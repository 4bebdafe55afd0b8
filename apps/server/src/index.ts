/**
 * Starts the daemon from another program. The command `pxeboot serve` does the same.
 *
 * @packageDocumentation
 */
import { type Logger } from 'pino';

import { placedSettings } from './config/check.js';
import { type ServerConfig, type ServerSettings } from './config/schema.js';
import { type Planes, startDaemon as startComposed } from './daemon.js';
import { createLogger, type LogOutput } from './log/logger.js';

export { ConfigError, type ConfigProblem } from './errors.js';
export { type ServerSettings } from './config/schema.js';
export { type Planes } from './daemon.js';

/** Time to write the last log lines on shutdown, in milliseconds. */
const LOG_GRACE_MS = 1000;

/** Running daemon. */
export interface Daemon {
  /** Addresses that each plane listens on, as `address:port`. */
  readonly addresses: Planes;
  /**
   * Applies new settings to later requests; running transfers finish under the old ones. The `log` settings
   * change as well, unless {@link DaemonOptions.logger} was given.
   *
   * @param settings - all settings, as for {@link startDaemon}
   * @returns the keys that changed, and those that keep their values until a restart
   * @throws {@link ConfigError} with every problem in the settings; the old settings then stay in force
   */
  reload(settings: ServerSettings): Promise<Reloaded>;
  /**
   * Accepts new transfers during the lame-duck time, lets running ones finish within the drain
   * timeout, then releases everything.
   */
  drain(): Promise<void>;
}

/** Result of {@link Daemon.reload}. */
export interface Reloaded {
  /** Keys that changed, as in `menu.title`. */
  readonly changed: readonly string[];
  /** Keys that keep their values until a restart, such as `http.listen`. */
  readonly needRestart: readonly string[];
}

/** Options of {@link startDaemon} other than the settings. */
export interface DaemonOptions {
  /**
   * Logger to use.
   *
   * @default logs to standard output, with `log.level` and `log.format` of the settings
   */
  readonly logger?: Logger;
}

/**
 * Starts the daemon in this process: TFTP, boot HTTP, the admin interface and image updates.
 *
 * @param settings - settings with the keys of `pxeboot.yaml`; files and environment variables are not read
 * @throws {@link ConfigError} with every problem in the settings
 * @throws Error with a literal `code` when a port cannot be bound or the store cannot be opened; leaves
 * nothing open
 */
export async function startDaemon(
  settings: ServerSettings = {},
  options: DaemonOptions = {},
): Promise<Daemon> {
  const placed = placedSettings(settings);
  const log = await logOf(placed.config, options);
  try {
    const daemon = await startComposed(placed, log.logger);
    return {
      addresses: daemon.addresses,
      async reload(newSettings) {
        const applied = await daemon.reload(() => placedSettings(newSettings));
        await log.configure(applied.config.log);
        return { changed: applied.changed, needRestart: applied.needRestart };
      },
      async drain() {
        await daemon.drain();
        await log.close(LOG_GRACE_MS);
      },
    };
  } catch (error) {
    await log.close(LOG_GRACE_MS);
    throw error;
  }
}

/**
 * Returns the caller's logger, which is neither reconfigured nor closed, or a new one with the configured
 * settings.
 */
async function logOf({ log }: ServerConfig, { logger }: DaemonOptions): Promise<LogOutput> {
  if (logger === undefined) {
    return createLogger(log);
  }
  return { logger, configure: () => Promise.resolve(), close: () => Promise.resolve() };
}
