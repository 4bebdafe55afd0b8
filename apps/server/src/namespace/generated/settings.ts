import { isIP } from 'node:net';

import type { MenuSettings } from '../../menu/boot-menu.js';
import type { BootClient } from '../boot-client.js';

/** What generated files depend on besides the client and the generation. */
export interface GeneratedFileSettings {
  readonly menu: MenuSettings;
  /** `auto`, or the base URL that machines reach the boot HTTP port by. */
  readonly advertise: string;
  /** Port of the boot HTTP plane, used with `advertise: auto`. */
  readonly httpPort: () => number;
}

/** The base URL that this client reaches the boot HTTP plane by. */
export function bootUrl({ localAddress }: BootClient, settings: GeneratedFileSettings): URL {
  if (settings.advertise !== 'auto') return new URL(settings.advertise);
  const host = isIP(localAddress) === 6 ? `[${localAddress}]` : localAddress;
  return new URL(`http://${host}:${settings.httpPort()}`);
}
