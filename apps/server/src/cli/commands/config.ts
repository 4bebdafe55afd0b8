import { readFile } from 'node:fs/promises';

import { type Command } from 'commander';

import { type ServerConfig } from '../../config/schema.js';
import { addConfigFlags, configOf } from '../config-flags.js';
import { CommandError, type Terminal } from '../terminal.js';

/** Adds the commands that check and print the configuration. */
export function defineConfig(
  config: Command,
  { env, print, printJson, write, printError }: Terminal,
): void {
  addConfigFlags(
    config.command('check').description('check whether the configuration is valid'),
    [],
  ).action(async (_options: object, command: Command) => {
    const { config } = await configOf(command, env);
    if (config.profiles !== undefined) {
      await reportPreseeds(config, printError);
    }
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
      const { describeLimits } = await import('../../limits/describe-limits.js');
      const { resourceLimits } = await import('../../limits/resource-limits.js');
      const { readSystemResources } = await import('../../limits/system-resources.js');
      const system = readSystemResources();
      const divided = resourceLimits(system, loaded.config.tftp);
      if (json === true) {
        printJson({ system, limits: divided });
      } else {
        print(describeLimits(system, divided));
      }
    } else {
      const { configData, describeConfig } = await import('../../config/describe.js');
      if (json === true) {
        printJson(configData(loaded));
      } else {
        print(describeConfig(loaded));
      }
    }
  });
  config
    .command('schema')
    .description('print the JSON Schema of pxeboot.yaml')
    .action(async () => {
      // Generated from the schema at build time: building the schema takes longer than the rest of the command.
      write(await readFile(new URL('./pxeboot.schema.json', import.meta.url)));
    });
}

/**
 * Prints the errors and warnings in the preseeds of all hosts, and in the profiles that no host uses.
 *
 * @throws {@link CommandError} when there are errors, since nothing can be installed from such a preseed
 */
async function reportPreseeds(
  config: ServerConfig,
  printError: Terminal['printError'],
): Promise<void> {
  // These modules are needed only for a configuration with profiles.
  const { checkHosts, checkUnusedProfiles, formatPreseedFinding } =
    await import('../../installs/preseed-check.js');
  const { preseedTemplates } = await import('../../installs/profiles.js');
  const { configuredEntries } = await import('../../menu/check-menu.js');
  const templates = await preseedTemplates(config);
  const entries = configuredEntries(config);
  const checked = [
    ...checkHosts(config, templates, entries).map(({ host, findings }) => ({
      name: `preseed of ${host.name}`,
      findings,
    })),
    ...checkUnusedProfiles(config, templates, entries).map(({ profile, findings }) => ({
      name: `profile ${profile}`,
      findings,
    })),
  ];
  for (const { name, findings } of checked) {
    for (const finding of findings.filter(({ severity }) => severity !== 'note')) {
      printError(formatPreseedFinding(finding, name));
    }
  }
  const broken = checked.filter(({ findings }) => hasErrors(findings)).map(({ name }) => name);
  if (broken.length > 0) {
    const hint = 'the line numbers refer to the output of "pxeboot preseed show --host NAME"';
    throw new CommandError(`errors in: ${broken.join(', ')}`, hint, { kind: 'config' });
  }
}

/** Returns true if one of the findings is an error. */
function hasErrors(findings: readonly { readonly severity: string }[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}
