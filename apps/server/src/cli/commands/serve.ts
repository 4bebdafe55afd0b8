import { once } from 'node:events';

import { type Command } from 'commander';

import { startDaemon } from '../../daemon.js';
import { collectEarly } from '../../limits/heap-growth.js';
import { createLogger, type LogOutput } from '../../log/logger.js';
import { addConfigFlags, configOf } from '../config-flags.js';
import { type Terminal } from '../terminal.js';

/** How long the last lines may take when the log can hardly be written, in milliseconds. */
const LOG_GRACE_MS = 1000;

/**
 * Signals that end a program which does not expect them; nothing that happens to a terminal, a pipe
 * or a file, and no slip of an administrator's hand, ends a daemon so. SIGPIPE is not among them: Node
 * ignores it, and a handler would run for every client that leaves.
 */
const HARMLESS_SIGNALS = ['SIGHUP', 'SIGUSR2', 'SIGALRM', 'SIGVTALRM', 'SIGIO', 'SIGXFSZ'] as const;

export function addServeCommand(program: Command, { env, signal }: Terminal): void {
  addConfigFlags(
    program.command('serve').description('serve TFTP, boot HTTP and health checks until stopped'),
  ).action(async (_options: object, command: Command) => {
    const { config } = await configOf(command, env);
    collectEarly();
    const log = createLogger(config.log);
    ignoreHarmlessSignals(log);
    endOnFaults(log);
    try {
      const daemon = await startDaemon(config, log.logger);
      if (!signal.aborted) {
        await once(signal, 'abort');
      }
      await daemon.drain();
    } finally {
      await log.close(LOG_GRACE_MS);
    }
  });
}

function ignoreHarmlessSignals({ logger }: LogOutput): void {
  for (const name of HARMLESS_SIGNALS) {
    process.on(name, () => {
      const message = name === 'SIGHUP' ? 'nothing to reload yet' : 'ignored';
      logger.info({ event: 'serve.signal', signal: name }, `${name}: ${message}`);
    });
  }
}

/**
 * The last resort: what no one caught has left the program in a state that no one knows, so it ends
 * with a line and exit code 1, for its supervisor to start it anew.
 */
function endOnFaults(log: LogOutput): void {
  let isEnding = false;
  const end = (error: unknown, origin: string): void => {
    log.logger.fatal({ event: 'serve.crashed', origin, err: error }, 'ending: unexpected error');
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
