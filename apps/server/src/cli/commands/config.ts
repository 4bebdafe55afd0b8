import type { Command } from 'commander';

import { configJsonSchema, describeConfig } from '../../config/describe.js';
import { addConfigFlags, configOf } from '../config-flags.js';
import type { Terminal } from '../terminal.js';

export function addConfigCommands(program: Command, { env, print }: Terminal): void {
  const config = program.command('config').description('look at the configuration');
  addConfigFlags(
    config.command('check').description('say whether the configuration is valid'),
  ).action(async (_options: object, command: Command) => {
    await configOf(command, env);
    print('the configuration is valid');
  });
  addConfigFlags(
    config.command('print').description('print every key, its value and where it was said'),
  ).action(async (_options: object, command: Command) => {
    print(describeConfig(await configOf(command, env)));
  });
  config
    .command('schema')
    .description('print the JSON Schema of pxeboot.yaml')
    .action(() => {
      print(JSON.stringify(configJsonSchema(), undefined, 2));
    });
}
