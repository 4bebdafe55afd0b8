import { bindUdpSocket, fallbackReason } from '@pxe/udp-batch';

import { type TftpServerOptions } from '../../src/node/index.js';

/** Sockets of the servers under test: those of `node:dgram`, or native ones in the second run of the tests. */
export const TRANSPORT: Pick<TftpServerOptions, 'bind'> = chosen();

function chosen(): Pick<TftpServerOptions, 'bind'> {
  if (process.env['TFTP_TEST_SOCKETS'] !== 'native') {
    return {};
  }
  if (fallbackReason !== undefined) {
    throw new Error(fallbackReason);
  }
  return {
    bind: (binding, handler) => bindUdpSocket({ ...binding, reusesDatagrams: true }, handler),
  };
}
