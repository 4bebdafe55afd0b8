import { type Command, InvalidArgumentError, Option } from 'commander';

import { type ConfigKey } from '../config/config-key.js';
import { configKeys, FILE_ONLY, plainKeys } from '../config/keys.js';
import { loadConfig, type Section } from '../config/load.js';
import { type ConfigInputs, type LoadedConfig } from '../config/loaded-config.js';
import { type ServerConfig } from '../config/schema.js';
import { postponeOptions } from './help.js';

/** Help heading for each section of the configuration. */
const TOPICS: Readonly<Record<keyof ServerConfig, string>> = {
  dataDir: 'Images and data',
  images: 'Images and data',
  firmware: 'Images and data',
  source: 'Source of the images',
  refresh: 'Source of the images',
  advertise: 'TFTP and boot HTTP',
  tftp: 'TFTP and boot HTTP',
  http: 'TFTP and boot HTTP',
  proxyDhcp: 'DHCP',
  access: 'TFTP and boot HTTP',
  menu: 'Boot menu',
  kernelArgs: 'Boot menu',
  hosts: 'Machines',
  unknown: 'Machines',
  profiles: 'Machines',
  syslog: 'Machines',
  hooks: 'Machines',
  admin: 'Admin interface',
  state: 'Boot history',
  drain: 'Shutdown and log',
  log: 'Shutdown and log',
};

/** Returns the help heading for a key, such as `Boot menu` for `menu.title`. */
export function topicOf(path: string): string {
  return TOPICS[path.replace(/\..*/, '') as keyof ServerConfig];
}

/**
 * Adds `--config` and a flag for every key of the configuration. Help shows only those that the command uses;
 * the others are accepted, too, so that all commands can be run with the same flags.
 *
 * @param used - paths of the keys or sections that the command uses; `all` for a command that uses every key
 */
export function addConfigFlags(command: Command, used: 'all' | readonly string[]): Command {
  const heading = used === 'all' ? 'Options:' : 'Settings:';
  command.addOption(
    new Option(
      '--config <file>',
      'configuration file (also PXEBOOT_CONFIG); unset: ./pxeboot.yaml or /etc/pxeboot/pxeboot.yaml',
    ).helpGroup(heading),
  );
  postponeOptions(command, () => {
    const topics = [...new Set(Object.values(TOPICS))];
    const keys = configKeys();
    const sorted = topics.flatMap((topic) => keys.filter(({ path }) => topicOf(path) === topic));
    for (const { path, flag, kind, placeholder, ...key } of sorted) {
      const option = new Option(`${flag} <${placeholder}>`, describeKey(key)).helpGroup(
        used === 'all' ? `${topicOf(path)}:` : heading,
      );
      const isUsed =
        used === 'all' || used.some((name) => path === name || path.startsWith(`${name}.`));
      command.addOption(kind === 'structure' ? fileOnly(option, path) : option.hideHelp(!isUsed));
    }
  });
  return command.addHelpText(
    'after',
    used === 'all'
      ? [
          '',
          'Each setting is also a key of pxeboot.yaml and an environment variable: --tftp-listen is the',
          'key tftp.listen and the variable PXEBOOT_TFTP_LISTEN. Hosts, profiles and other structures',
          'can only be set in the file. "pxeboot config print" shows the values in force.',
        ].join('\n')
      : '\nSettings of pxeboot.yaml are flags of this command, too: see "pxeboot serve --help".',
  );
}

/** Returns the description of a key with its default. */
export function describeKey({
  description,
  byDefault,
}: Pick<ConfigKey, 'description' | 'byDefault'>): string {
  return byDefault === undefined ? description : `${description} (default: ${byDefault})`;
}

/** Makes an option refuse all values, since a structure does not fit on a command line. */
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
  const values = command.opts<Record<string, string | undefined>>();
  const given = new Map(
    command.options.map((option) => [option.long, values[option.attributeName()]]),
  );
  const flags = new Map<string, string>();
  for (const { path, flag } of plainKeys()) {
    const value = given.get(flag);
    if (value !== undefined) {
      flags.set(path, value);
    }
  }
  return { file: values['config'], env, flags };
}

/** Keys whose values can make it impossible to show the boot menu. */
const MENU_KEYS = /^(?:menu|kernelArgs|hosts|unknown)(?:\.|$)/;

/**
 * Reads the configuration, and checks the menu and the profiles that it describes. The modules that render them
 * take longer to load than the rest of most commands, so they are loaded only if one of {@link MENU_KEYS}, or
 * `profiles`, is set.
 *
 * @param sections - top-level keys to read; see {@link loadConfig}
 * @throws {@link ConfigError} when any of them is invalid
 */
export async function readConfig(
  inputs: ConfigInputs,
  sections?: readonly Section[],
): Promise<LoadedConfig> {
  const loaded = await loadConfig(inputs, sections);
  if ([...loaded.origins.keys()].some((key) => MENU_KEYS.test(key))) {
    const { checkMenuSettings } = await import('../menu/check-menu.js');
    checkMenuSettings(loaded.config);
  }
  if (loaded.config.profiles !== undefined) {
    const { preseedTemplates } = await import('../installs/profiles.js');
    await preseedTemplates(loaded.config, loaded.sourceOf);
  }
  return loaded;
}

/**
 * Returns the configuration that a command runs with.
 *
 * @throws {@link ConfigError} when it, its menu or a profile is invalid
 */
export async function configOf(
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LoadedConfig> {
  return readConfig(configInputs(command, env));
}

/**
 * Returns the given sections of the configuration. The others are not checked, which takes longer than running
 * most commands.
 *
 * @throws {@link ConfigError} when one of the sections is invalid, or has an unknown key or variable next to it
 */
export async function sectionsOf<Read extends Section>(
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
  sections: readonly Read[],
): Promise<Pick<ServerConfig, Read>> {
  const { config } = await readConfig(configInputs(command, env), sections);
  return config;
}
