import { type Command } from 'commander';

import { configData, configJsonSchema, describeConfig } from '../../config/describe.js';
import { describeLimits } from '../../limits/describe-limits.js';
import { resourceLimits } from '../../limits/resource-limits.js';
import { readSystemResources } from '../../limits/system-resources.js';
import { addConfigFlags, configOf } from '../config-flags.js';
import { jsonText } from '../quantity.js';
import { type Terminal } from '../terminal.js';

/** Adds the commands that check and print the configuration. */
export function defineConfig(config: Command, { env, print }: Terminal): void {
  addConfigFlags(
    config.command('check').description('check whether the configuration is valid'),
    [],
  ).action(async (_options: object, command: Command) => {
    await configOf(command, env);
    print('the configuration is valid');
  });
  addConfigFlags(
    config
      .command('print')
      .description('print every key, its value and where it was set')
      .option('--json', 'print JSON')
      .option('--limits', 'print how the resources of this process are divided instead'),
    [],
  ).action(async ({ limits, json }: { limits?: true; json?: true }, command: Command) => {
    const loaded = await configOf(command, env);
    if (limits === true) {
      const system = readSystemResources();
      const divided = resourceLimits(system, loaded.config.tftp);
      print(
        json === true ? jsonText({ system, limits: divided }) : describeLimits(system, divided),
      );
    } else {
      print(json === true ? jsonText(configData(loaded)) : describeConfig(loaded));
    }
  });
  config
    .command('schema')
    .description('print the JSON Schema of pxeboot.yaml')
    .action(() => {
      print(JSON.stringify(configJsonSchema(), undefined, 2));
    });
}
