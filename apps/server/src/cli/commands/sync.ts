import { openStore, syncImages } from '@pxe/debian-netboot';
import type { Command } from 'commander';

import { imageSource } from '../../images/image-source.js';
import { addConfigFlags, configOf } from '../config-flags.js';
import { progressBars } from '../progress/bars.js';
import { progressLines } from '../progress/lines.js';
import type { Terminal } from '../terminal.js';

export function addSyncCommand(program: Command, { env, print, screen, signal }: Terminal): void {
  addConfigFlags(
    program.command('sync').description('fetch and verify the configured images, then exit'),
  ).action(async (_options: object, command: Command) => {
    const { config } = await configOf(command, env);
    const store = await openStore(config.dataDir);
    const bars = screen && progressBars(screen);
    try {
      const { generation, changed } = await syncImages({
        store,
        source: imageSource(config.source),
        images: config.images,
        signal,
        onEvent: bars?.onEvent ?? progressLines(print),
      });
      bars?.stop();
      const state = changed ? 'is the new generation' : 'is up to date';
      print(`${generation.id} ${state}: ${generation.manifest.targets.length} images`);
    } finally {
      bars?.stop();
    }
  });
}
