import { type Command } from 'commander';

import { selectedImages } from '../../config/selected-images.js';
import { requireAddressSpace } from '../../limits/resource-limits.js';
import { readSystemResources } from '../../limits/system-resources.js';
import { addConfigFlags, configOf } from '../config-flags.js';
import { type Terminal } from '../terminal.js';

/** Defines the command that fetches and verifies the configured images. */
export function defineSync(sync: Command, terminal: Terminal): void {
  addConfigFlags(sync, ['dataDir', 'images', 'firmware', 'source']).action(
    async (_options: object, command: Command) => {
      requireAddressSpace(readSystemResources());
      const { config } = await configOf(command, terminal.env);
      const suites = new Set(selectedImages(config).map(({ suite }) => suite));
      // Before the code that fetches is loaded, which takes longer than loading the rest.
      terminal.print(`checking for newer images of ${[...suites].join(', ')}`);
      const { fetchImages } = await import('./sync/fetch-images.js');
      await fetchImages(config, terminal);
    },
  );
}
