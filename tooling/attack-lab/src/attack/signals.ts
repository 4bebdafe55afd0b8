import { setTimeout as delay } from 'node:timers/promises';

import { type Program } from '@pxe/lab-host';

import { type SlowTransferReport } from '../client/slow-transfer-report.js';
import { atLeast, type Figure, type Measurement } from '../figure/figure.js';
import { imagePath } from '../store/lab-store.js';
import { type Attack, type AttackSite } from './attack.js';
import { startScript } from './under-attack.js';

/** Number of transfers over each protocol. */
const EACH = 100;

const figures = {
  term: atLeast(`SIGTERM with ${2 * EACH} transfers: transfers finished`, 2 * EACH, 'count'),
  hangUp: atLeast(`SIGHUP with ${2 * EACH} transfers: transfers finished`, 2 * EACH, 'count'),
};

const ACK_WAIT_MS = 60;
const PART_BYTES = 3_000_000;
const BYTES_PER_SECOND = 400_000;
const END_TIMEOUT_MS = 90_000;
/** Time after which slow transfers give up, in seconds. */
const TRANSFER_SECONDS = 90;

/** Sends signals to the daemon during transfers. */
export const signals: Attack = {
  name: 'signals',
  summary: 'SIGTERM and SIGHUP with 200 transfers in progress',
  async run(site) {
    return [
      await finishing(site, figures.term, 'SIGTERM'),
      await finishing(site, figures.hangUp, 'SIGHUP'),
    ];
  },
};

async function finishing(
  site: AttackSite,
  figure: Figure,
  signal: 'SIGTERM' | 'SIGHUP',
): Promise<Measurement> {
  await using daemon = await site.start({ configuration: { drain: { timeout: '80s' } } });
  await using transfers = await startTransfers(site);
  await transfers.line(/^started$/, 30_000);
  await delay(500);
  daemon.signal(signal);
  if (signal === 'SIGHUP') {
    // If the daemon has ended, there is no point in waiting until its transfers time out.
    const end = await daemon.waitForEnd(1_000);
    if (end !== undefined) {
      site.tell(`${signal}: ${end}`);
      return { figure, value: 0, note: end };
    }
  }
  const lines = (await transfers.output()).split('\n');
  const report = JSON.parse(lines.at(-1) ?? '') as SlowTransferReport;
  const finished = mostAlike(report.tftp) + mostAlike(report.http);
  if (signal === 'SIGTERM') {
    await daemon.waitForEnd(END_TIMEOUT_MS);
  }
  const note =
    signal === 'SIGTERM'
      ? (daemon.ended() ?? 'the daemon still runs')
      : (daemon.ended() ?? 'alive');
  site.tell(`${signal}: ${finished} of ${2 * EACH}, ${note}`);
  return { figure, value: finished, note };
}

function startTransfers({ network }: AttackSite): Promise<Program> {
  const args = [
    ...[network.serverAddress, EACH, imagePath('trixie', 'text', 'linux'), ACK_WAIT_MS],
    ...[imagePath('trixie', 'text', 'initrd.gz'), PART_BYTES, BYTES_PER_SECOND],
  ];
  return startScript(network.client, 'slow-transfers', args, TRANSFER_SECONDS);
}

/** Returns the number of transfers that delivered the same bytes as the majority. */
function mostAlike(hashes: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const hash of hashes) {
    counts.set(hash, (counts.get(hash) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}
