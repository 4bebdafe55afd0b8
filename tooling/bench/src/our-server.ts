/**
 * Our server for the measurement, on loopback port 69, with the package's limits, except that one address may
 * have all transfers: `our-server DIRECTORY [native [REPOLLS [no-segmentation]]]`.
 */
import { createTftpServer, directorySource } from '@pxe/tftp-protocol/node';
import { bindUdpSocket, fallbackReason } from '@pxe/udp-batch';

const [directory, sockets, repolls = '0', segmentation] = process.argv.slice(2);
if (directory === undefined) {
  throw new Error('usage: our-server DIRECTORY [native [REPOLLS [no-segmentation]]]');
}
/** Limit of transfers: more than the clients of the load generator, which share one address. */
const MAX_TRANSFERS = 16_384;

const isNative = sockets === 'native';
if (isNative && fallbackReason !== undefined) {
  throw new Error(`no native sockets: ${fallbackReason}`);
}
await createTftpServer({
  listen: [{ address: '127.0.0.1' }],
  source: directorySource(directory),
  limits: { maxTransfers: MAX_TRANSFERS, maxTransfersPerSource: MAX_TRANSFERS },
  ...(isNative && {
    bind: (binding, handler) =>
      bindUdpSocket(
        {
          ...binding,
          reusesDatagrams: true,
          repolls: Number(repolls),
          segmentation: segmentation !== 'no-segmentation',
        },
        handler,
      ),
  }),
});
