import { type Command } from 'commander';

import { openStore, parseSuite } from '@pxe/debian-netboot';

import { withHint } from '../../../config/image-list.js';
import { addConfigFlags, configOf } from '../../config-flags.js';
import { CommandError, type Terminal } from '../../terminal.js';

/** `forget`: the deliberate way back to an older state of the archive. */
export function addForgetCommand(images: Command, terminal: Terminal): void {
  const { env, print, signal } = terminal;
  addConfigFlags(
    images
      .command('forget')
      .argument('<suite>', 'codename of the suite, such as trixie')
      .option('--yes', 'do not ask')
      .description('accept an older state of a suite again, as of a mirror that is behind'),
  ).action(async (name: string, { yes = false }: { yes?: boolean }, command: Command) => {
    const suite = parseSuite(name);
    if (!suite.ok) {
      throw new CommandError(withHint(suite.error));
    }
    const { config } = await configOf(command, env);
    const question = `The next sync may install an older ${suite.value}, with faults that are known. Go on?`;
    if (!yes && !(await terminal.confirm(question))) {
      throw new CommandError('nothing was forgotten', 'answer yes, or give --yes');
    }
    const store = await openStore(config.dataDir);
    const date = await store.forget(suite.value, signal);
    print(
      date === undefined
        ? `nothing to forget: no ${suite.value} was fetched yet`
        : `forgotten: ${suite.value} of ${date.toISOString()}; the next sync accepts an older one`,
    );
  });
}
