import { setTimeout as sleep } from 'node:timers/promises';

import { readTftpTransfers } from '../capture/tftp-transfers.js';
import { accountForTransfers } from '../capture/transfer-accounting.js';
import { type TransferEvent } from '../daemon/daemon-event.js';
import { LabError } from '../errors.js';
import { type Stage } from './stage.js';

/** tcpdump and the log are written a moment after the packets have passed. */
const SETTLE_MS = 500;

/**
 * Log and wire tell the same story: the bytes of each TFTP transfer agree, and TFTP carried less
 * than the limit in the whole boot. Ends the capture.
 *
 * @param limitBytes of UDP payload in both directions
 */
export function tftpAccountAgrees(limitBytes: number): Stage {
  return {
    name: 'tftp account',
    deadlineMs: 30_000,
    async run(boot) {
      await sleep(SETTLE_MS);
      await boot.capture.finish();
      const logged = boot.daemon.log.entries.filter(
        (event): event is TransferEvent => event.event === 'tftp.transfer',
      );
      const captured = readTftpTransfers(await boot.capture.read());
      const account = accountForTransfers(logged, captured);
      if (account.disagreements.length > 0) {
        throw new LabError('ERR_LAB_STAGE', account.disagreements.join('; '));
      }
      if (account.transfers === 0) throw new LabError('ERR_LAB_STAGE', 'no TFTP was captured');
      if (account.udpBytes >= limitBytes) {
        const over = `${account.udpBytes} bytes by TFTP, limit ${limitBytes}`;
        throw new LabError('ERR_LAB_STAGE', over);
      }
      const sums = `${account.dataBytes} bytes of content, ${account.udpBytes} bytes on the wire`;
      return `${account.transfers} transfers, ${sums}, log and capture agree`;
    },
  };
}
