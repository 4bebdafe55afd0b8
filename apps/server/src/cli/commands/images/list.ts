import { openStore, type StoredTarget } from '@pxe/debian-netboot';
import type { Command } from 'commander';

import { addConfigFlags, configOf } from '../../config-flags.js';
import type { Terminal } from '../../terminal.js';

export function addListCommand(images: Command, { env, print }: Terminal): void {
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
      for (const target of manifest.targets) print(`    ${targetLine(target)}`);
    }
  });
}

function targetLine(target: StoredTarget): string {
  const { suite, arch, variant, version, build, kernelVersion, abi, carriedOver } = target;
  const image = `${suite} ${arch} ${variant}: Debian ${version}, installer ${build}`;
  const kept = carriedOver ? '; kept from an earlier sync' : '';
  return `${image}, Linux ${kernelVersion}, modules ${abi}${kept}`;
}
