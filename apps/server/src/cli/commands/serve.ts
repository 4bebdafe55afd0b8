import { once } from 'node:events';

import { type Command } from 'commander';

import { configFilePaths } from '../../config/load.js';
import { type ServerConfig } from '../../config/schema.js';
import { collectEarly } from '../../limits/heap-growth.js';
import { createLogger, type LogOutput } from '../../log/logger.js';
import { createConfigReload } from '../../reload/config-reload.js';
import { addConfigFlags, configInputs, readConfig } from '../config-flags.js';
import { type ServePanel } from '../panel/serve-panel.js';
import { createServiceManager } from '../service-manager.js';
import { type Terminal } from '../terminal.js';

/** Maximum time to write the last log lines on shutdown, in milliseconds. */
const LOG_GRACE_MS = 1000;

/**
 * Signals that end a program by default. A daemon must survive a file that reaches its size limit, and a
 * mistyped kill command. SIGPIPE is not in the list: Node ignores it, and a handler would run for every
 * client that disconnects.
 */
const HARMLESS_SIGNALS = ['SIGUSR2', 'SIGALRM', 'SIGVTALRM', 'SIGIO', 'SIGXFSZ'] as const;

/** Defines the command that serves TFTP, boot HTTP and the admin interface until stopped. */
export function defineServe(serve: Command, { env, signal, screen }: Terminal): void {
  addConfigFlags(serve, 'all').action(async (_options: object, command: Command) => {
    const inputs = configInputs(command, env);
    const reload = createConfigReload({
      read: () => readConfig(inputs),
      paths: configFilePaths(inputs),
    });
    process.on('SIGHUP', () => {
      reload.request();
    });
    const loaded = await reload.load();
    const { config } = loaded;
    collectEarly();
    const panel = await openPanel(config, { screen, env });
    const log = await createLogger(config.log, panel);
    log.logger.info(
      { event: 'serve.starting', version: command.parent?.version(), node: process.version },
      `starting pxeboot ${command.parent?.version() ?? ''}`,
    );
    ignoreHarmlessSignals(log);
    endOnFaults(log);
    const manager = createServiceManager(env, log.logger);
    try {
      // Loading the daemon takes longer than everything before it.
      const { startDaemon } = await import('../../daemon.js');
      const daemon = await startDaemon(loaded, log.logger);
      manager.ready();
      reload.follow(daemon, log, (step) => {
        if (step === 'begun') {
          manager.reloading();
        } else {
          manager.ready();
        }
      });
      panel?.show(daemon, signal);
      if (!signal.aborted) {
        await once(signal, 'abort');
      }
      manager.stopping();
      await reload.stop();
      await daemon.drain();
    } catch (error) {
      // Once the log is closed, nothing can report it.
      if (await isUnexpected(error)) {
        logFault(log, error, 'serve');
      }
      throw error;
    } finally {
      await manager.close();
      await log.close(LOG_GRACE_MS);
    }
  });
}

/**
 * Opens the panel if it can be drawn; otherwise returns undefined without loading its module, which takes
 * time.
 */
async function openPanel(
  config: ServerConfig,
  { screen, env }: Pick<Terminal, 'screen' | 'env'>,
): Promise<ServePanel | undefined> {
  const canMoveCursor = !['', 'dumb'].includes(env['TERM'] ?? '');
  if (screen === undefined || !canMoveCursor || ['json', 'journal'].includes(config.log.format)) {
    return undefined;
  }
  const { openServePanel } = await import('../panel/serve-panel.js');
  return openServePanel(config, screen, env);
}

function ignoreHarmlessSignals({ logger }: LogOutput): void {
  for (const name of HARMLESS_SIGNALS) {
    process.on(name, () => {
      logger.info({ event: 'serve.signal', signal: name }, `${name}: ignored`);
    });
  }
}

/**
 * Makes the process log a line and exit with code 1 after an uncaught error, since the state of the program
 * is then unknown; its supervisor should restart it.
 */
function endOnFaults(log: LogOutput): void {
  let isEnding = false;
  const end = (error: unknown, origin: string): void => {
    logFault(log, error, origin);
    if (isEnding) {
      return;
    }
    isEnding = true;
    void log.close(LOG_GRACE_MS).finally(() => process.exit(1));
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', (reason) => {
    end(reason, 'unhandledRejection');
  });
}

function logFault({ logger }: LogOutput, error: unknown, origin: string): void {
  logger.fatal(
    { event: 'serve.crashed', origin, err: error },
    'exiting after an unexpected error; please report it: https://github.com/pxeboot/pxeboot/issues',
  );
}

/** Returns true for an error that the command line does not explain in words. */
async function isUnexpected(error: unknown): Promise<boolean> {
  try {
    const { explain } = await import('../failure.js');
    return explain(error) === undefined;
  } catch {
    // Without a free descriptor, the module that explains errors cannot be loaded.
    return true;
  }
}
