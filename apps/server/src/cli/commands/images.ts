import { openStore, type StoredTarget } from '@pxe/debian-netboot';
import { InvalidArgumentError, Option, type Command } from 'commander';

import { addConfigFlags, configOf } from '../config-flags.js';
import type { Terminal } from '../terminal.js';

export function addImagesCommands(program: Command, terminal: Terminal): void {
  const images = program.command('images').description('look into the image store, and tidy it');
  addListCommand(images, terminal);
  addRollbackCommand(images, terminal);
  addPruneCommand(images, terminal);
}

function addListCommand(images: Command, { env, print }: Terminal): void {
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

function addRollbackCommand(images: Command, { env, print, signal }: Terminal): void {
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

function addPruneCommand(images: Command, { env, print, signal }: Terminal): void {
  const keep = new Option('--keep <number>', 'generations to keep besides the current one')
    .default(2)
    .argParser(parseCount);
  addConfigFlags(
    images.command('prune').addOption(keep).description('remove old generations and their files'),
  ).action(async (_options: object, command: Command) => {
    const { config } = await configOf(command, env);
    const store = await openStore(config.dataDir);
    const { generations, files, bytes } = await store.prune({
      keep: command.opts<{ keep: number }>().keep,
      signal,
    });
    for (const id of generations) print(`removed ${id}`);
    print(`${generations.length} generations and ${files} files removed, ${bytes} bytes freed`);
  });
}

function parseCount(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('expected a number from 0 to 9999');
  return Number(text);
}
