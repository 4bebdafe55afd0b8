import { type TftpQuirks } from '@pxe/tftp-protocol/node';

import { createAllowList } from '../access/allow-list.js';
import { type ServerConfig } from '../config/schema.js';

/**
 * Returns a function that maps a client's address to its limits: those for all clients, and those of the
 * first quirk that matches.
 */
export function clientQuirks({
  quirks = [],
  maxWindowSize,
}: Pick<ServerConfig['tftp'], 'quirks' | 'maxWindowSize'>): (address: string) => TftpQuirks {
  const entries = quirks.map(({ match, maxBlockSize, refuse }) => ({
    subnet: createAllowList([match]),
    quirk: {
      maxWindowSize,
      ...(maxBlockSize !== undefined && { maxBlockSize }),
      ...(refuse !== undefined && { refuseOptions: refuse }),
    },
  }));
  return (address) =>
    entries.find(({ subnet }) => subnet.allows(address))?.quirk ?? { maxWindowSize };
}
