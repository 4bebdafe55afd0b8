/**
 * Compares our TFTP server with Debian's under the same load: the server is pinned to one processor
 * and the load generator to another, both in a private network namespace, and every byte is
 * compared.
 *
 *   npm run bench:tftp -- [--clients 1,20,200,1000] [--windowsizes 1,16] [--seconds 20] [--rounds 1]
 *     [--servers ours,...]
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { createNamespace } from '@pxe/lab-host';

import { debianServers, type MeasuredServer } from './debian-servers.js';
import {
  added,
  compileLoadGenerator,
  type LoadPlan,
  type LoadResult,
  pinned,
  runLoad,
} from './load.js';
import { ProcessUsage } from './process-usage.js';
import {
  type Measurement,
  printMachine,
  printMeasurements,
  printRatios,
  printTable,
  printTitles,
} from './report.js';

const FILE_BYTES = 40_000_000;
const BLKSIZE = 1428;
const WINDOWSIZES = [1, 16];
const SERVER_PROCESSOR = 0;
const LOAD_PROCESSOR = 1;
/** Minimum amount and maximum time of the warm-up with the measured load. */
const WARM_BYTES = 800_000_000;
const WARM_SECONDS = 8;
/** Minimum time of a measurement: a single client reads the file within a fraction of a second. */
const MEASURED_SECONDS = 1;

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '1,20,200,1000' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '1' },
    servers: {
      type: 'string',
      default: 'ours,ours-native,bare-dgram,bare-batch,tftpd-hpa,atftpd,dnsmasq',
    },
    windowsizes: { type: 'string', default: WINDOWSIZES.join() },
  },
});

const work = mkdtempSync(join(tmpdir(), 'pxe-bench-'));
const network = await createNamespace(`pxe-bench-${process.pid}`);
try {
  // Without an address other than loopback's, tftpd-hpa assumes that the host has no IPv4.
  await network.ip('address', 'add', '10.255.0.1/32', 'dev', 'lo');
  await measureAll();
} finally {
  await network[Symbol.asyncDispose]();
  rmSync(work, { recursive: true });
}

async function measureAll(): Promise<void> {
  const wanted = values.servers.split(',');
  const servers = [
    nodeServer('ours', 'our-server.js'),
    nodeServer('ours-native', 'our-server.js', 'native', '20'),
    nodeServer('no-repolls', 'our-server.js', 'native', '0'),
    nodeServer('no-gso', 'our-server.js', 'native', '20', 'no-segmentation'),
    nodeServer('bare-dgram', 'bare-server.js'),
    nodeServer('bare-batch', 'bare-batch-server.js'),
    ...debianServers(),
  ].filter(({ name }) => wanted.includes(name));
  const directory = join(work, 'files');
  mkdirSync(directory);
  writeFileSync(join(directory, 'initrd'), randomBytes(FILE_BYTES));
  chmodSync(work, 0o755);
  const program = compileLoadGenerator(work);
  const measurements: Measurement[] = [];
  printMachine();
  printTitles();
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    for (const windowsize of values.windowsizes.split(',').map(Number)) {
      for (const clients of values.clients.split(',').map(Number)) {
        for (const server of servers) {
          if (windowsize === 1 || server.hasWindows) {
            const measured = await measure(server, directory, program, clients, windowsize);
            measurements.push(measured);
            printMeasurements([measured]);
          }
        }
      }
    }
  }
  printRatios(measurements);
  printTable(measurements);
}

function nodeServer(name: string, program: string, ...args: string[]): MeasuredServer {
  return {
    name,
    hasWindows: true,
    command: (directory) => [
      process.execPath,
      join(import.meta.dirname, program),
      directory,
      ...args,
    ],
  };
}

/** Repeats a run, in which each client reads one file, until the sum of all results is enough. */
async function repeated(
  program: string,
  plan: LoadPlan,
  isEnough: (sum: LoadResult) => boolean,
): Promise<LoadResult> {
  let sum = await runLoad(program, network, LOAD_PROCESSOR, plan);
  while (!isEnough(sum)) {
    sum = added(sum, await runLoad(program, network, LOAD_PROCESSOR, plan));
  }
  return sum;
}

async function measure(
  server: MeasuredServer,
  directory: string,
  program: string,
  clients: number,
  windowsize: number,
): Promise<Measurement> {
  // `pinned` runs setsid, which already gives the server its own process group.
  const child = await network.start(...pinned(SERVER_PROCESSOR, server.command(directory)), {
    group: 'lab',
  });
  const usage = new ProcessUsage(child.pid);
  try {
    const plan = {
      file: 'initrd',
      copy: join(directory, 'initrd'),
      blksize: BLKSIZE,
      seconds: Number(values.seconds),
    };
    // The server may still be starting until the first file has arrived. The runs after it warm the server up with the
    // load to be measured: otherwise the result would include JIT compilation, which settles after about 500,000
    // blocks, and only for the calls that it has seen.
    await runLoad(program, network, LOAD_PROCESSOR, { ...plan, clients: 1, windowsize: 1 });
    const load = { ...plan, clients, windowsize };
    await repeated(
      program,
      load,
      ({ bytes, seconds }) => bytes >= WARM_BYTES || seconds >= WARM_SECONDS,
    );
    usage.watch();
    const before = usage.cpuSeconds;
    const result = await repeated(program, load, ({ seconds }) => seconds >= MEASURED_SECONDS);
    const cpuSeconds = usage.cpuSeconds - before;
    usage.stop();
    return {
      server: server.name,
      clients,
      windowsize,
      megabytesPerSecond: result.bytes / 1e6 / result.seconds,
      cpuSecondsPerGigabyte: cpuSeconds / (result.bytes / 1e9),
      peakMegabytes: usage.peakBytes / 1e6,
      ...result,
    };
  } finally {
    // Kill the whole session: tftpd-hpa has a process per transfer.
    process.kill(-child.pid, 'SIGKILL');
    await child.exited;
  }
}
