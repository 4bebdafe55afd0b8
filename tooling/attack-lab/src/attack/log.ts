import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { runCommand } from '@pxe/lab-host';

import { startWrk } from '../attacker/foreign-programs.js';
import { readRequest } from '../attacker/tftp-request.js';
import { bootOnce } from '../client/legitimate-boot.js';
import { type Daemon } from '../daemon/daemon.js';
import { atLeast, atMost, type Figure, type Measurement } from '../figure/figure.js';
import { type Attack, type AttackSite } from './attack.js';

const figures = {
  fullBoot: atLeast('log on a full disk: boots served, of 1', 1, 'count'),
  fullStop: atLeast('log on a full disk: ended by SIGTERM, of 1', 1, 'count'),
  stalledBoot: atLeast('log into a pipe that nobody reads: boots served, of 1', 1, 'count'),
  stalledMemory: atMost('log into a pipe that nobody reads: memory, peak', 300e6, 'megabytes'),
};

const DISK_BYTES = 1_000_000;
const FLOOD_SECONDS = { short: 6, full: 20 } as const;
const STOP_TIMEOUT_MS = 40_000;

/** A log that cannot be written, while attackers provoke log lines. */
export const log: Attack = {
  name: 'log',
  summary: 'a log on a full disk, and into a pipe that nobody reads',
  async run(site) {
    return [...(await onFullDisk(site)), ...(await intoStalledPipe(site))];
  },
};

async function onFullDisk(site: AttackSite): Promise<Measurement[]> {
  const disk = join(site.directory, 'disk');
  await mkdir(disk);
  await runCommand('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'attack-lab', disk]);
  try {
    await using daemon = await site.start({ log: { kind: 'file', path: join(disk, 'log') } });
    await makeItLog(site);
    // Fills the space that the daemon itself left free, so that the next line never fits.
    const filler = `dd if=/dev/zero of=${join(disk, 'filler')} bs=4k status=none || true`;
    await runCommand('sh', ['-c', filler]);
    await makeItLog(site);
    const failure = await bootOnce(site.network);
    site.tell(`full disk: ${daemon.ended() ?? 'alive'}, ${failure ?? 'boots'}`);
    daemon.signal('SIGTERM');
    const end = await daemon.waitForEnd(STOP_TIMEOUT_MS);
    site.tell(`full disk, SIGTERM: ${end ?? 'still runs'}`);
    return [
      served(figures.fullBoot, failure),
      { figure: figures.fullStop, value: end === 'exit code 0' ? 1 : 0, note: end ?? 'still runs' },
    ];
  } finally {
    await runCommand('umount', [disk]);
  }
}

async function intoStalledPipe(site: AttackSite): Promise<Measurement[]> {
  await using daemon = await site.start({ log: { kind: 'stalled' } });
  await makeItLog(site);
  const failure = await bootOnce(site.network);
  site.tell(`stalled pipe: ${stateOf(daemon)}, ${failure ?? 'boots'}`);
  return [
    served(figures.stalledBoot, failure),
    { figure: figures.stalledMemory, value: daemon.watch.peakBytes },
  ];
}

function stateOf(daemon: Daemon): string {
  return `${daemon.ended() ?? 'alive'}, ${Math.round(daemon.watch.peakBytes / 1e6)} MB`;
}

function served(figure: Figure, failure: string | undefined): Measurement {
  return { figure, value: failure === undefined ? 1 : 0, note: failure };
}

/** Requests missing files over both protocols; each request is logged. */
async function makeItLog({ network, forged, profile }: AttackSite): Promise<void> {
  const seconds = FLOOD_SECONDS[profile];
  await using http = await startWrk(network, { path: '/missing', connections: 20, seconds });
  await forged.run(network, {
    payloads: [readRequest({ filename: 'missing-@@@@@@@@' })],
    addresses: 4_096,
    rate: 4_000,
    seconds,
  });
  await http.exited;
  await delay(500);
}
