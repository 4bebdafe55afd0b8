import { isIP } from 'node:net';

import { Argument, type Command } from 'commander';

import { type ServerConfig } from '../../config/schema.js';
import { bootPlan, type BootPlan } from '../../dhcp/boot-files.js';
import { advertisedAddress, ownAddress } from '../../dhcp/own-address.js';
import { DHCP_SNIPPETS, DHCP_TITLES, DHCPV6_SNIPPETS } from '../../dhcp/snippets.js';
import { openDataDirectory } from '../../images/data-directory.js';
import { addConfigFlags, configOf } from '../config-flags.js';
import { CommandError, type Terminal } from '../terminal.js';

/** Defines the command that prints the configuration for a DHCP server. */
export function defineDhcp(dhcp: Command, { env, print }: Terminal): void {
  addConfigFlags(
    dhcp
      .addArgument(
        new Argument(
          '[server]',
          'the DHCP server to configure (default: list the choices)',
        ).choices(Object.keys(DHCP_SNIPPETS)),
      )
      .option(
        '--address <ip>',
        'address of this server; an IPv6 address prints the DHCPv6 configuration (default: the IPv4 address of advertise, or of the interface with the default route)',
      ),
    ['dataDir', 'advertise', 'http.listen'],
  ).action(async (name: string | undefined, options: { address?: string }, command: Command) => {
    if (name === undefined) {
      print(choices());
      return;
    }
    const { config } = await configOf(command, env);
    const store = await openDataDirectory(config.dataDir, { readOnly: true });
    const generation = await store.current();
    if (generation === undefined) {
      throw await noImages(config.dataDir);
    }
    const address = options.address ?? advertisedAddress(config) ?? (await anyAddress());
    const plan = bootPlan(generation.manifest, address, baseUrl(config, address));
    print(snippetOf(name, address)(plan));
  });
}

/** Returns the function that renders the snippet of a DHCP server for the family of an address. */
function snippetOf(name: string, address: string): (plan: BootPlan) => string {
  const family = isIP(address);
  if (family === 0) {
    throw new CommandError(`${address} is not an IP address`, 'pass one with --address', {
      kind: 'usage',
    });
  }
  const snippet = (family === 6 ? DHCPV6_SNIPPETS : DHCP_SNIPPETS)[name];
  if (snippet === undefined) {
    throw new CommandError(
      `there is no DHCPv6 configuration for ${name}`,
      `pass an IPv4 address with --address; DHCPv6: ${Object.keys(DHCPV6_SNIPPETS).join(', ')}`,
      { kind: 'usage' },
    );
  }
  return snippet;
}

/** Returns the DHCP servers whose configuration can be printed. */
function choices(): string {
  const names = Object.keys(DHCP_SNIPPETS);
  const width = Math.max(...names.map(({ length }) => length));
  return [
    'Name your DHCP server, as in "pxeboot dhcp dnsmasq":',
    ...names.map((name) => `  ${name.padEnd(width)}  ${DHCP_TITLES[name] ?? name}`),
    'To leave the DHCP server unchanged, set proxyDhcp.enabled: true instead.',
  ].join('\n');
}

async function noImages(dataDir: string): Promise<CommandError> {
  const { readFetchStatus } = await import('../../control/control-client.js');
  // Fails if no daemon is running.
  const status = await readFetchStatus(dataDir).catch(() => undefined);
  return status === undefined
    ? new CommandError(
        'the store has no images yet',
        'run "pxeboot sync" first: the loaders come with the images',
        { kind: 'notFound' },
      )
    : new CommandError(
        status,
        'try again once the images have been fetched: the loaders come with them',
      );
}

function baseUrl({ advertise, http }: ServerConfig, address: string): string {
  const host = isIP(address) === 6 ? `[${address}]` : address;
  return advertise === 'auto' ? `http://${host}:${http.listen[0]?.port ?? ''}` : advertise;
}

async function anyAddress(): Promise<string> {
  const own = await ownAddress();
  if (own !== undefined) {
    return own;
  }
  throw new CommandError('this host has no IPv4 address', 'pass one with --address');
}
