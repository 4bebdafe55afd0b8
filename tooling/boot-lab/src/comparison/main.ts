/**
 * Measures how long machines take to fetch the installer from Debian's stock netboot directory, served
 * by dnsmasq, and from the product, over cables of different length:
 *
 *     compare.js --stock DIR [--store DIR] [--round-trips 0,1,5] [--firmware BIOS|UEFI]
 */
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { expectFile, LabError, ownIdentity, runMain } from '@pxe/lab-host';

import { builtDaemon } from '../daemon/built-daemon.js';
import { removeLeftovers } from '../leftovers.js';
import { checkPrerequisites } from '../prerequisites.js';
import { formatRunName } from '../run-name.js';
import { type RunOptions, runScenario } from '../run-scenario.js';
import { type BootTraffic, measureTraffic } from './boot-traffic.js';
import { type ComparedBoot, comparedBoots } from './compared-boots.js';
import { stockServer } from './stock-server.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const cli = resolve(root, 'apps/server/dist/main.cjs');
const { values } = parseArgs({
  options: {
    stock: { type: 'string' },
    store: { type: 'string', default: resolve(root, '.pxeboot') },
    'round-trips': { type: 'string', default: '0,1,5' },
    firmware: { type: 'string', default: '' },
  },
});

const HOW_TO_GET_STOCK = `--stock DIR: Debian's netboot directory, from its package:
  apt-get download debian-installer-13-netboot-amd64
  dpkg-deb -x debian-installer-13-netboot-amd64_*.deb stock
  ... --stock stock/usr/lib/debian-installer/images/13/amd64/text`;

/** Factor for every deadline: on a busy host, the emulated machines are slow. */
const PATIENCE = 3;

const boots = comparedBoots.filter(({ title }) => title.startsWith(values.firmware));

interface Measurement {
  readonly boot: ComparedBoot;
  readonly roundTripMs: number;
  readonly traffic: BootTraffic;
}

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    interruption.abort(new LabError('ERR_LAB_INTERRUPTED', `stopped by ${name}`));
  });
}

async function compare(): Promise<number> {
  if (values.stock === undefined) {
    throw new LabError('ERR_LAB_USAGE', HOW_TO_GET_STOCK);
  }
  const stock = stockServer(resolve(values.stock));
  await checkPrerequisites(boots.map(({ scenario }) => scenario));
  await expectFile(cli, 'build it with `npm run build`');
  await expectFile(resolve(values.stock, 'pxelinux.0'), HOW_TO_GET_STOCK);
  await expectFile(values.store, 'fill a store with `npm run -s pxeboot -- sync`, see --store');
  await removeLeftovers();

  const owner = await ownIdentity();
  const roundTrips = values['round-trips'].split(',').map(Number);
  const measurements: Measurement[] = [];
  let sequence = 0;
  for (const roundTripMs of roundTrips) {
    for (const boot of boots) {
      sequence += 1;
      const traffic = await measure(boot, {
        runName: formatRunName(owner, sequence),
        daemon: boot.server === 'stock' ? stock : builtDaemon(cli),
        store: values.store,
        mirror: undefined,
        content: 'all',
        cli,
        roundTripMs,
        patience: PATIENCE,
        keep: false,
        signal: interruption.signal,
        onPassed: () => undefined,
      });
      measurements.push({ boot, roundTripMs, traffic });
      console.log(`${roundTripMs} ms, ${boot.title}: ${traffic.seconds.toFixed(1)} s`);
    }
  }
  printTable(roundTrips, measurements);
  return 0;
}

async function measure({ scenario }: ComparedBoot, options: RunOptions): Promise<BootTraffic> {
  let traffic: BootTraffic | undefined;
  const stages: typeof scenario.stages = (store) => [
    ...scenario.stages(store),
    {
      name: 'measured',
      deadlineMs: 60_000,
      async run({ capture }) {
        traffic = measureTraffic(await capture.read());
        return `${traffic.seconds} s`;
      },
    },
  ];
  const result = await runScenario({ ...scenario, stages }, options);
  if (traffic !== undefined) {
    return traffic;
  }
  throw new LabError('ERR_LAB_STAGE', `${scenario.name}: ${result.failure ?? 'nothing measured'}`);
}

function printTable(roundTrips: readonly number[], measurements: readonly Measurement[]): void {
  const [cpu] = cpus();
  console.log(`\nFirst request to last byte of the initrd, menu wait excluded, in seconds`);
  console.log(`(QEMU TCG, ${cpus().length} x ${cpu?.model ?? 'CPU'}, Node ${process.version})\n`);
  console.log(['boot', ...roundTrips.map((ms) => `${ms} ms`), 'TFTP bytes'].join(' | '));
  console.log(['---', ...roundTrips.map(() => '---'), '---'].join(' | '));
  for (const boot of boots) {
    const row = measurements.filter((measurement) => measurement.boot === boot);
    const cells = row.map(({ roundTripMs, traffic }) => {
      const ratio = stockSeconds(boot, roundTripMs, measurements) / traffic.seconds;
      const times = boot.server === 'stock' ? '' : ` (${ratio.toFixed(1)}x)`;
      return `${traffic.seconds.toFixed(1)}${times}`;
    });
    const udpBytes = row[0]?.traffic.udpBytes ?? 0;
    console.log([boot.title, ...cells, udpBytes.toLocaleString('en')].join(' | '));
  }
}

/** Returns the duration of the stock boot with the same firmware family, in seconds. */
function stockSeconds(
  { title }: ComparedBoot,
  roundTripMs: number,
  measurements: readonly Measurement[],
): number {
  const [family = ''] = title.split(',');
  const stock = measurements.find(
    (other) =>
      other.roundTripMs === roundTripMs &&
      other.boot.server === 'stock' &&
      other.boot.title.startsWith(family),
  );
  return stock?.traffic.seconds ?? Number.NaN;
}

await runMain(compare);
