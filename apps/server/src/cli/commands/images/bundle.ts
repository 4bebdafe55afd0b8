import { type Command } from 'commander';

import { exportBundle, importBundle, openStore } from '@pxe/debian-netboot';

import { trustOptions } from '../../../images/image-source.js';
import { addConfigFlags, configOf } from '../../config-flags.js';
import { withProgress } from '../../progress/progress.js';
import { type Terminal } from '../../terminal.js';

/** `export` and `import`: images for a site without a network. */
export function addBundleCommands(images: Command, terminal: Terminal): void {
  const { env, print, signal } = terminal;
  addConfigFlags(
    images
      .command('export')
      .argument('<file>', 'bundle to write, a .tar file')
      .description('write the served images and their signatures into one file'),
  ).action(async (path: string, _options: object, command: Command) => {
    const { config } = await configOf(command, env);
    const store = await openStore(config.dataDir, { readOnly: true });
    const index = await exportBundle({ store, path, signal });
    print(`${path} holds generation ${index.generation}`);
    for (const { target, reason } of index.leftOut) {
      const { suite, arch, variant } = target;
      const why = reason === 'tls' ? 'trusted by TLS only' : 'unsigned';
      print(
        `left out ${suite} ${arch} ${variant}: it is ${why}, and a bundle holds what verifies itself`,
      );
    }
  });
  addConfigFlags(
    images
      .command('import')
      .argument('<file>', 'bundle to read')
      .description('verify the images of a bundle and serve them'),
  ).action(async (path: string, _options: object, command: Command) => {
    const { config } = await configOf(command, env);
    const store = await openStore(config.dataDir);
    const trust = await trustOptions(config.source);
    const { generation, outcome } = await withProgress(terminal, (onEvent) =>
      importBundle({ store, path, trust, signal, onEvent }),
    );
    print(`${generation.id} ${outcome === 'changed' ? 'is the new generation' : 'stays'}`);
  });
}
