import { type Command } from 'commander';

import { hooksWithSecrets } from '../../hooks/hook-secrets.js';
import { eventOf } from '../../hooks/hooks.js';
import { sendEvent } from '../../hooks/send-event.js';
import { addConfigFlags, sectionsOf } from '../config-flags.js';
import { CommandError, type Terminal } from '../terminal.js';

/** Defines the commands about hooks. */
export function defineHooks(hooks: Command, { env, print, signal }: Terminal): void {
  addConfigFlags(
    hooks.command('test').description('send a test event to each hook once, and show the answers'),
    [],
  ).action(async (_options: object, command: Command) => {
    const config = await sectionsOf(command, env, ['hooks']);
    const version = command.parent?.parent?.version() ?? '';
    const targets = await hooksWithSecrets(config.hooks ?? []);
    if (targets.length === 0) {
      throw new CommandError('no hooks are configured', 'add hooks to pxeboot.yaml', {
        kind: 'notFound',
      });
    }
    let failures = 0;
    for (const target of targets) {
      const event = eventOf('test', { at: Date.now(), version, facts: {} });
      const result = await sendEvent(target, event, signal);
      failures += result.ok ? 0 : 1;
      print(`${target.url}: ${result.ok ? `status ${result.status}` : result.reason}`);
    }
    if (failures > 0) {
      throw new CommandError(`hooks that did not accept the event: ${failures}`);
    }
  });
}
