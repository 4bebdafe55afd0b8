import { type Command, InvalidArgumentError, Option } from 'commander';

import { configKeys, plainKeys } from '../config/keys.js';
import { type ConfigInputs, loadConfig, type LoadedConfig } from '../config/load.js';
import { FILE_ONLY } from '../config/problems.js';

const FLAGS_HEADING = 'Configuration (each is also a key of pxeboot.yaml and a PXEBOOT_ variable):';

/** Adds `--config` and a flag for every key of the configuration. */
export function addConfigFlags(command: Command): Command {
  command.option('--config <file>', 'configuration file (also PXEBOOT_CONFIG)');
  for (const { path, flag, description, kind, placeholder } of configKeys()) {
    const option = new Option(`${flag} <${placeholder}>`, description).helpGroup(FLAGS_HEADING);
    command.addOption(kind === 'structure' ? fileOnly(option, path) : option);
  }
  return command;
}

/** Makes an option refuse its value: a structure would not fit on a command line. */
function fileOnly(option: Option, path: string): Option {
  return option.hideHelp().argParser(() => {
    throw new InvalidArgumentError(`${path}: ${FILE_ONLY}.`);
  });
}

/** Returns the inputs of a command's configuration: its flags, the environment and the path of a file. */
export function configInputs(
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
): ConfigInputs {
  const options = command.opts<Record<string, string | undefined>>();
  const flags = new Map<string, string>();
  for (const { path, flag } of plainKeys()) {
    const value = options[new Option(flag).attributeName()];
    if (value !== undefined) {
      flags.set(path, value);
    }
  }
  return { file: options['config'], env, flags };
}

/** Keys that can make the boot menu impossible to show. */
const MENU_KEYS = /^(?:menu|kernelArgs|hosts|unknown)(?:\.|$)/;

/**
 * Reads the configuration, and checks the menu that it describes. The modules that render menus take longer to
 * load than the rest of most commands, so they are loaded only if one of {@link MENU_KEYS} is set.
 *
 * @throws ConfigError when either is invalid
 */
export async function readConfig(inputs: ConfigInputs): Promise<LoadedConfig> {
  const loaded = await loadConfig(inputs);
  if ([...loaded.origins.keys()].some((key) => MENU_KEYS.test(key))) {
    const { checkMenuSettings } = await import('../menu/check-menu.js');
    checkMenuSettings(loaded.config);
  }
  return loaded;
}

/**
 * Returns the configuration that a command runs with.
 *
 * @throws ConfigError when it or its menu is invalid
 */
export async function configOf(
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LoadedConfig> {
  return readConfig(configInputs(command, env));
}
