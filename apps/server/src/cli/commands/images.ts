import { type Command, InvalidArgumentError, Option } from 'commander';

import { parseSuite } from '@pxe/debian-netboot/catalog';
import { type KeepReason } from '@pxe/debian-netboot/store';

import { openDataDirectory } from '../../images/data-directory.js';
import { counted } from '../../log/counted.js';
import { addConfigFlags, sectionsOf } from '../config-flags.js';
import { withSignsOfLife } from '../progress/signs-of-life.js';
import { sizeText } from '../quantity.js';
import { CommandError, type Terminal } from '../terminal.js';
import { addListCommand } from './images/list.js';
import { addVerifyCommand } from './images/verify.js';

/** Adds the commands that manage stored images. */
export function defineImages(images: Command, terminal: Terminal): void {
  addListCommand(images, terminal);
  addVerifyCommand(images, terminal);
  addRollbackCommand(images, terminal);
  addPruneCommand(images, terminal);
  addForgetCommand(images, terminal);
  addBundleCommands(images, terminal);
}

function addRollbackCommand(images: Command, { env, print, signal }: Terminal): void {
  addConfigFlags(
    images
      .command('rollback')
      .argument(
        '[id]',
        'generation to go back to (default: the newest earlier one with different images)',
      )
      .description('serve an earlier generation again'),
    ['dataDir'],
  ).action(async (id: string | undefined, _options: object, command: Command) => {
    const config = await sectionsOf(command, env, ['dataDir']);
    const store = await openDataDirectory(config.dataDir);
    const generation = await store.rollback(id, signal);
    print(`${generation.id} is current again; a running daemon serves it within seconds`);
  });
}

const KEEP_REASONS: Readonly<Record<KeepReason, string>> = {
  current: 'it is the current generation',
  newest: 'it is one of the newest, kept by --keep',
  recent: 'it was current less than 2 hours ago, and machines may still be booting from it',
  pinned: 'it is pinned',
  inUse: 'it is in use',
};

function addPruneCommand(
  images: Command,
  { env, print, printJson, printError, signal }: Terminal,
): void {
  const keep = new Option(
    '--keep <number>',
    'number of generations to keep in addition to the current one',
  )
    .default(2)
    .argParser(parseCount);
  addConfigFlags(
    images
      .command('prune')
      .addOption(keep)
      .option('--json', 'print JSON')
      .description('remove old generations and their files'),
    ['dataDir'],
  ).action(async (options: { keep: number; json?: boolean }, command: Command) => {
    const config = await sectionsOf(command, env, ['dataDir']);
    const store = await openDataDirectory(config.dataDir);
    const report = await withSignsOfLife(
      { printError },
      () => 'removing old generations',
      () => store.prune({ keep: options.keep, signal }),
    );
    if (options.json === true) {
      printJson(report);
      return;
    }
    const { generations, kept, files, bytes } = report;
    for (const id of generations) {
      print(`removed ${id}`);
    }
    for (const { id, reason, bytes: size } of kept) {
      print(`kept ${id}: ${KEEP_REASONS[reason]} (would free ${sizeText(size)})`);
    }
    print(
      `${counted(generations.length, 'generation')} and ${counted(files, 'file')} removed, ${sizeText(bytes)} freed`,
    );
  });
}

function parseCount(text: string): number {
  if (!/^\d{1,4}$/.test(text)) {
    throw new InvalidArgumentError('expected a number from 0 to 9999');
  }
  return Number(text);
}

/** Adds `forget`, which makes the next sync accept an older state of the archive. */
function addForgetCommand(images: Command, terminal: Terminal): void {
  const { env, print, signal } = terminal;
  addConfigFlags(
    images
      .command('forget')
      .argument('<suite>', 'codename of the suite, such as trixie')
      .option('--yes', 'do not ask for confirmation')
      .description('accept an older state of a suite again, for example from an outdated mirror'),
    ['dataDir'],
  ).action(async (name: string, { yes = false }: { yes?: boolean }, command: Command) => {
    const suite = parseSuite(name);
    if (!suite.ok) {
      throw suite.error;
    }
    const config = await sectionsOf(command, env, ['dataDir']);
    const question = `The next sync may fetch an older ${suite.value} with known vulnerabilities. Continue?`;
    if (!yes && !(await terminal.confirm(question))) {
      throw new CommandError('nothing was forgotten', 'answer yes, or pass --yes');
    }
    const store = await openDataDirectory(config.dataDir);
    const date = await store.forget(suite.value, signal);
    print(
      date === undefined
        ? `nothing to forget: ${suite.value} was never fetched`
        : `forgot the state of ${suite.value} dated ${date.toISOString()}; the next sync accepts an older one`,
    );
  });
}

/** Adds `export` and `import`, for sites without internet access. */
function addBundleCommands(images: Command, terminal: Terminal): void {
  const { env, print, signal } = terminal;
  addConfigFlags(
    images
      .command('export')
      .argument('<file>', 'bundle to write (.tar)')
      .description('write the served images and their signatures to one file'),
    ['dataDir'],
  ).action(async (path: string, _options: object, command: Command) => {
    const config = await sectionsOf(command, env, ['dataDir']);
    const { exportBundle } = await import('@pxe/debian-netboot');
    const store = await openDataDirectory(config.dataDir, { readOnly: true });
    const index = await withSignsOfLife(
      terminal,
      () => `writing ${path}`,
      () => exportBundle({ store, path, signal }),
    );
    print(`exported generation ${index.generation} to ${path}`);
    for (const { target, reason } of index.leftOut) {
      const { suite, arch, variant } = target;
      const why = reason === 'tls' ? 'trusted only by TLS' : 'unsigned';
      print(
        `left out ${suite} ${arch} ${variant}: it is ${why}, and a bundle contains only signed images`,
      );
    }
  });
  addConfigFlags(
    images
      .command('import')
      .argument('<file>', 'bundle to read')
      .description('verify the images of a bundle and serve them'),
    ['dataDir', 'source.keyring', 'source.keyringMode'],
  ).action(async (path: string, _options: object, command: Command) => {
    const config = await sectionsOf(command, env, ['dataDir', 'source', 'menu']);
    const { importBundle } = await import('@pxe/debian-netboot');
    const { entryOptions, trustOptions } = await import('../../images/image-source.js');
    const { withProgress } = await import('../progress/progress.js');
    const store = await openDataDirectory(config.dataDir);
    const trust = await trustOptions(config.source);
    const { entries } = await entryOptions(config);
    const { generation, outcome } = await withProgress(terminal, (onEvent) =>
      importBundle({ store, path, trust, entries, signal, onEvent }),
    );
    print(`${generation.id} ${outcome === 'changed' ? 'is the new generation' : 'is unchanged'}`);
  });
}
