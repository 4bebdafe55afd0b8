import { isIP } from 'node:net';

import { type ServerConfig } from '../../../config/schema.js';
import { bootPlan, type BootPlan } from '../../../dhcp/boot-files.js';
import { advertisedAddress, ownAddress } from '../../../dhcp/own-address.js';
import { DHCP_SNIPPETS, DHCPV6_SNIPPETS } from '../../../dhcp/snippets.js';
import { openDataDirectory } from '../../../images/data-directory.js';
import { CommandError } from '../../terminal.js';

/**
 * Returns the configuration to add to a DHCP server, for the images in the store.
 *
 * @param name - key of {@link DHCP_SNIPPETS}
 * @param given - address of this server. Default: the advertised one, or that of the default route.
 * @throws {@link CommandError} when the store has no images, or the address cannot be used
 */
export async function dhcpSnippet(
  config: Pick<ServerConfig, 'dataDir' | 'advertise' | 'http'>,
  name: string,
  given: string | undefined,
): Promise<string> {
  const store = await openDataDirectory(config.dataDir, { readOnly: true });
  const generation = await store.current();
  if (generation === undefined) {
    throw await noImages(config.dataDir);
  }
  const address = given ?? advertisedAddress(config) ?? (await anyAddress());
  const plan = bootPlan(generation.manifest, address, baseUrl(config, address));
  return snippetOf(name, address)(plan);
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

async function noImages(dataDir: string): Promise<CommandError> {
  const { readFetchStatus } = await import('../../../control/control-client.js');
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

function baseUrl(
  { advertise, http }: Pick<ServerConfig, 'advertise' | 'http'>,
  address: string,
): string {
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
