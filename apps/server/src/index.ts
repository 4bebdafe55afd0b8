/**
 * The daemon, for programs that start it themselves. The command line is `pxeboot serve`.
 *
 * @packageDocumentation
 */
import { type Logger } from 'pino';

import { parseSettings } from './config/load.js';
import { type ServerSettings } from './config/schema.js';
import { type Daemon, startDaemon as startComposed } from './daemon.js';
import { createLogger } from './log/logger.js';

export { ConfigError, type ConfigProblem } from './errors.js';
export { type ServerSettings } from './config/schema.js';
export { type Daemon, type Planes } from './daemon.js';

/** Time to write the last log lines on shutdown, in milliseconds. */
const LOG_GRACE_MS = 1000;

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
 * Starts the daemon in this process: TFTP, boot HTTP, health checks and image updates.
 *
 * @param settings - same keys as `pxeboot.yaml`; reads no file and no environment variable
 * @throws {@link ConfigError} with every problem in the settings
 * @throws Error with a literal `code` when a port cannot be bound or the store cannot be opened; leaves
 * nothing open
 */
export async function startDaemon(
  settings: ServerSettings = {},
  options: DaemonOptions = {},
): Promise<Daemon> {
  const config = parseSettings(settings);
  if (options.logger !== undefined) {
    return startComposed(config, options.logger);
  }
  const log = createLogger(config.log);
  try {
    const daemon = await startComposed(config, log.logger);
    return {
      addresses: daemon.addresses,
      drain: async () => {
        await daemon.drain();
        await log.close(LOG_GRACE_MS);
      },
    };
  } catch (error) {
    await log.close(LOG_GRACE_MS);
    throw error;
  }
}
