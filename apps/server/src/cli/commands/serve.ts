import { once } from 'node:events';

import type { Command } from 'commander';

import { startDaemon } from '../../daemon.js';
import { createLogger } from '../../log/logger.js';
import { addConfigFlags, configOf } from '../config-flags.js';
import type { Terminal } from '../terminal.js';

/** How long the last lines may take when the log can hardly be written, in milliseconds. */
const LOG_GRACE_MS = 1000;

export function addServeCommand(program: Command, { env, signal }: Terminal): void {
  addConfigFlags(
    program.command('serve').description('serve TFTP, boot HTTP and health checks until stopped'),
  ).action(async (_options: object, command: Command) => {
    const { config } = await configOf(command, env);
    const log = createLogger(config.log);
    try {
      const daemon = await startDaemon(config, log.logger);
      if (!signal.aborted) await once(signal, 'abort');
      await daemon.drain();
    } finally {
      await log.close(LOG_GRACE_MS);
    }
  });
}
