import { type AddressInfo, isIP } from 'node:net';

import { type Diagnostic } from '@pxe/syslinux-menu';

import { type MenuSettings } from '../menu/boot-menu.js';
import { type BootClient } from '../namespace/boot-client.js';
import { type BiosLoader, type LoaderMemory } from '../namespace/loader-memory.js';

/** What generated files depend on besides the client and the generation. */
export interface BootFileSettings {
  readonly menu: MenuSettings;
  /** `auto`, or the base URL that machines reach the boot HTTP port by. */
  readonly advertise: string;
  /** Where the boot HTTP plane listens, used with `advertise: auto`. */
  readonly httpAddresses: () => readonly Pick<AddressInfo, 'address' | 'port'>[];
  /** Called with what a loader's menu does not say as the menu does. @default nothing is told */
  readonly onMenuFinding?: (loader: MenuLoader, finding: Diagnostic) => void;
}

/** Whose menu a finding is about. */
export type MenuLoader = 'syslinux' | 'GRUB' | 'iPXE';

/** The option of renderers that passes findings on. */
export function findingsOf(
  loader: MenuLoader,
  { onMenuFinding }: BootFileSettings,
): { onFinding?: (finding: Diagnostic) => void } {
  if (onMenuFinding === undefined) {
    return {};
  }
  return {
    onFinding: (finding) => {
      onMenuFinding(loader, finding);
    },
  };
}

/**
 * All that a generated file may depend on of the client that asks. Clients of one class get the same
 * bytes, so that a file is made once for each class and generation.
 */
export interface ClientClass {
  /** Scheme, host and port that the client reaches the boot HTTP plane by. */
  readonly origin: string;
  readonly loader: BiosLoader;
}

/** The class of a client. */
export function clientClass(
  client: BootClient,
  settings: BootFileSettings,
  loaders: LoaderMemory,
): ClientClass {
  return { origin: bootUrl(client, settings).origin, loader: loaders.loaderOf(client.address) };
}

const WILDCARDS: ReadonlySet<string> = new Set(['::', '0.0.0.0']);

/**
 * The base URL that this client reaches the boot HTTP plane by: with `advertise: auto` the address
 * that it asked, if HTTP listens there, else one where it does.
 */
function bootUrl({ localAddress }: BootClient, settings: BootFileSettings): URL {
  if (settings.advertise !== 'auto') {
    return new URL(settings.advertise);
  }
  const listeners = settings.httpAddresses();
  const listener =
    listeners.find(({ address }) => address === localAddress) ??
    listeners.find(({ address }) => WILDCARDS.has(address)) ??
    listeners[0];
  const { address, port } = listener ?? { address: localAddress, port: 80 };
  const host = WILDCARDS.has(address) ? localAddress : address;
  return new URL(`http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`);
}
