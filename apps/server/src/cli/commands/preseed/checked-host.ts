import { type Command } from 'commander';

import { type CheckedHost, checkHosts } from '../../../installs/preseed-check.js';
import { preseedTemplates } from '../../../installs/profiles.js';
import { configuredEntries } from '../../../menu/check-menu.js';
import { configOf } from '../../config-flags.js';
import { CommandError, type Terminal } from '../../terminal.js';

/**
 * Returns a host of the configuration with its preseed and the problems in it.
 *
 * @throws {@link CommandError} when the configuration has no such host, or the host has no profile
 */
export async function checkedHost(
  command: Command,
  env: Terminal['env'],
  name: string,
): Promise<CheckedHost> {
  const { config } = await configOf(command, env);
  const host = (config.hosts ?? []).find((item) => item.name.toLowerCase() === name.toLowerCase());
  if (host === undefined) {
    const hint = '"pxeboot hosts install" checks the preseeds of hosts that were added at run time';
    throw new CommandError(`pxeboot.yaml has no host named ${name}`, hint, { kind: 'notFound' });
  }
  const [checked] = checkHosts(
    { ...config, hosts: [host] },
    await preseedTemplates(config),
    configuredEntries(config),
  );
  if (checked === undefined) {
    throw new CommandError(`${host.name} has no profile`, 'set hosts[].profile', {
      kind: 'notFound',
    });
  }
  return checked;
}
