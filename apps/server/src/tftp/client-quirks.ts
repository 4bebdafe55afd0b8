import { type TftpQuirks } from '@pxe/tftp-protocol/node';

import { createAllowList } from '../access/allow-list.js';
import { type ServerConfig } from '../config/schema.js';

/** Returns the first configured quirk that matches a client's address. */
export function clientQuirks(
  quirks: ServerConfig['tftp']['quirks'] = [],
): (address: string) => TftpQuirks | undefined {
  const entries = quirks.map(({ match, maxBlockSize, refuse }) => ({
    subnet: createAllowList([match]),
    quirk: {
      ...(maxBlockSize !== undefined && { maxBlockSize }),
      ...(refuse !== undefined && { refuseOptions: refuse }),
    },
  }));
  return (address) => entries.find(({ subnet }) => subnet.allows(address))?.quirk;
}
