import { type Command, InvalidArgumentError, Option } from 'commander';

import { type KeepReason, openStore } from '@pxe/debian-netboot';

import { addConfigFlags, configOf } from '../../config-flags.js';
import { jsonText, sizeText } from '../../quantity.js';
import { type Terminal } from '../../terminal.js';

const KEEP_REASONS: Readonly<Record<KeepReason, string>> = {
  current: 'it is the current generation',
  newest: 'it is among the newest ones that --keep keeps',
  recent: 'it was the current one less than 2 hours ago, and machines may be booting it',
  pinned: 'it is pinned',
  inUse: 'it is being read',
};

export function addPruneCommand(images: Command, { env, print, signal }: Terminal): void {
  const keep = new Option('--keep <number>', 'generations to keep besides the current one')
    .default(2)
    .argParser(parseCount);
  addConfigFlags(
    images
      .command('prune')
      .addOption(keep)
      .option('--json', 'print JSON')
      .description('remove old generations and their files'),
  ).action(async (options: { keep: number; json?: boolean }, command: Command) => {
    const { config } = await configOf(command, env);
    const store = await openStore(config.dataDir);
    const report = await store.prune({ keep: options.keep, signal });
    if (options.json === true) {
      print(jsonText(report));
      return;
    }
    const { generations, kept, files, bytes } = report;
    for (const id of generations) {
      print(`removed ${id}`);
    }
    for (const { id, reason, bytes: size } of kept) {
      print(`kept ${id}: ${KEEP_REASONS[reason]} (${sizeText(size)} of its own)`);
    }
    print(`${generations.length} generations and ${files} files removed, ${sizeText(bytes)} freed`);
  });
}

function parseCount(text: string): number {
  if (!/^\d{1,4}$/.test(text)) {
    throw new InvalidArgumentError('expected a number from 0 to 9999');
  }
  return Number(text);
}
