import { openStore } from '@pxe/debian-netboot';
import type { Command } from 'commander';

import { addConfigFlags, configOf } from '../config-flags.js';
import type { Terminal } from '../terminal.js';

export function addImagesCommands(program: Command, { env, print }: Terminal): void {
  const images = program.command('images').description('look into the image store');
  addConfigFlags(
    images.command('list').description('list generations and their images; * is served'),
  ).action(async (_options: object, command: Command) => {
    const { config } = await configOf(command, env);
    const store = await openStore(config.dataDir, { readOnly: true });
    const current = await store.current();
    const generations = await store.generations();
    if (generations.length === 0) print('no images yet; "pxeboot sync" fetches them');
    for (const { id, manifest } of generations) {
      print(`${id === current?.id ? '*' : ' '} ${id}`);
      for (const { suite, arch, variant, version, build, kernelVersion, abi } of manifest.targets) {
        print(
          `    ${suite} ${arch} ${variant}: Debian ${version}, ${build}, Linux ${kernelVersion}, modules ${abi}`,
        );
      }
    }
  });
}
