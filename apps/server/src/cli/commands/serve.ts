import { once } from 'node:events';

import type { Command } from 'commander';

import { startDaemon } from '../../daemon.js';
import { createLogger } from '../../log/logger.js';
import { addConfigFlags, configOf } from '../config-flags.js';
import type { Terminal } from '../terminal.js';

export function addServeCommand(program: Command, { env, signal }: Terminal): void {
  addConfigFlags(
    program.command('serve').description('serve TFTP, boot HTTP and health checks until stopped'),
  ).action(async (_options: object, command: Command) => {
    const { config } = await configOf(command, env);
    const daemon = await startDaemon(config, createLogger(config.log));
    if (!signal.aborted) await once(signal, 'abort');
    await daemon.drain();
  });
}
