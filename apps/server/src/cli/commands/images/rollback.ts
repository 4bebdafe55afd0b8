import { type Command } from 'commander';

import { openStore } from '@pxe/debian-netboot';

import { addConfigFlags, configOf } from '../../config-flags.js';
import { type Terminal } from '../../terminal.js';

export function addRollbackCommand(images: Command, { env, print, signal }: Terminal): void {
  addConfigFlags(
    images
      .command('rollback')
      .argument('[id]', 'generation to go back to; without it, the one before')
      .description('make an earlier generation the one that is served'),
  ).action(async (id: string | undefined, _options: object, command: Command) => {
    const { config } = await configOf(command, env);
    const store = await openStore(config.dataDir);
    const generation = await store.rollback(id, signal);
    print(`${generation.id} is current again; a running daemon serves it within seconds`);
  });
}
