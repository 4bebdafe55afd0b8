import { type Command, Option } from 'commander';

import { plainKeys } from '../config/keys.js';
import { loadConfig, type LoadedConfig } from '../config/load.js';
import { checkMenuSettings } from '../menu/check-menu.js';

const FLAGS_HEADING = 'Configuration (each is also a key of pxeboot.yaml and a PXEBOOT_ variable):';

/** Adds `--config` and a flag for every key of the configuration. */
export function addConfigFlags(command: Command): Command {
  command.option('--config <file>', 'configuration file (also PXEBOOT_CONFIG)');
  for (const { flag, description, kind } of plainKeys()) {
    const option = new Option(`${flag} <${kind}>`, description).helpGroup(FLAGS_HEADING);
    command.addOption(option);
  }
  return command;
}

/**
 * Returns the configuration that a command runs with.
 *
 * @throws ConfigError
 */
export async function configOf(
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LoadedConfig> {
  const options = command.opts<Record<string, string | undefined>>();
  const flags = new Map<string, string>();
  for (const { path, flag } of plainKeys()) {
    const value = options[new Option(flag).attributeName()];
    if (value !== undefined) {
      flags.set(path, value);
    }
  }
  const loaded = await loadConfig({ file: options['config'], env, flags });
  checkMenuSettings(loaded.config);
  return loaded;
}
