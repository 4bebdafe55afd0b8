/**
 * Prints how the cost of the daemon grows: what it loads; memory and processor time at startup and per file with
 * more images and hosts; memory and processor time under more TFTP and HTTP clients and slow HTTP readers;
 * processor time of a sync.
 *
 *   npm run bench:growth -- [--clients 1,10,100,1000,5000] [--readers 1000] [--seconds 3] [--images 1,10,100]
 *     [--hosts 10000] [--megabytes 40]
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { catalog } from '@pxe/debian-netboot';
import { addMadeUpSuite, createSigningKey, type MirrorTree } from '@pxe/local-mirror';

import { DaemonLoad, residentMegabytes, watchMemory } from './daemon-load.js';
import { cpuSeconds, type Daemon, startDaemon, syncFrom } from './made-up-daemon.js';
import { printMachine } from './report.js';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '1,10,100,1000,5000' },
    readers: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '3' },
    images: { type: 'string', default: '1,10,100' },
    hosts: { type: 'string', default: '10000' },
    megabytes: { type: 'string', default: '40' },
  },
});

/** Number of clients that measure how the cost of files depends on images and hosts. */
const FEW_CLIENTS = 10;

/** Size of the initrd of each image in a store of many images, in bytes. */
const SMALL_INITRD_BYTES = 4e6;

/** Size of a page of memory, in bytes, as /proc/net/sockstat counts it. */
const PAGE_BYTES = 4096;

/** Suites of the mirror; `--images` can choose only from their images. */
const SUITES = ['trixie', 'bookworm', 'forky', 'sid'];
/** Architectures of the mirror. */
const ARCHES = ['amd64', 'arm64', 'i386'];

/** Number of packages to list. */
const LARGEST = 12;

/** Image with large files. */
const LARGE = 'trixie:amd64:text';

const folder = mkdtempSync(join(tmpdir(), 'pxe-bench-growth-'));
try {
  await measure();
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(): Promise<void> {
  printMachine();
  const key = await createSigningKey();
  const keyring = join(folder, 'keyring.asc');
  writeFileSync(keyring, key.publicKey);
  const targets = catalog().filter(
    ({ suite, arch }) => SUITES.includes(suite) && ARCHES.includes(arch),
  );
  const small: MirrorTree = new Map();
  for (const codename of SUITES) {
    const suite = { codename, arches: ARCHES, initrdLength: SMALL_INITRD_BYTES };
    await addMadeUpSuite(small, suite, key);
  }
  const large: MirrorTree = new Map();
  const initrdLength = Number(values.megabytes) * 1e6;
  await addMadeUpSuite(large, { codename: 'trixie', initrdLength }, key);

  const store = join(folder, 'large');
  const { cpuSeconds, bytes } = await syncFrom(large, keyring, store, [LARGE]);
  const perGigabyte = cpuSeconds / (bytes / 1e9);
  const megabytes = (bytes / 1e6).toFixed(0);
  console.log(
    `sync: ${megabytes} MB, ${cpuSeconds.toFixed(2)} s of processor time, ${perGigabyte.toFixed(1)} s/GB (the start included)`,
  );

  console.log(
    '\nimages  hosts  ready s  CPU s  RSS MB  after 5 s  menu us  TFTP s/GB  HTTP s/GB  peak MB',
  );
  for (const count of values.images.split(',').map(Number)) {
    const chosen = targets
      .slice(0, count)
      .map(({ suite, arch, variant }) => `${suite}:${arch}:${variant}`);
    const directory = join(folder, `images-${count}`);
    await syncFrom(small, keyring, directory, chosen);
    await printStart(directory, chosen, 0);
    if (count === 1) {
      await printStart(directory, chosen, Number(values.hosts));
    }
  }
  await printModules(store);
  await printLoads(store);
}

/** Returns the memory of all TCP sockets of this host, in MB. */
function socketMegabytes(): number {
  const text = readFileSync('/proc/net/sockstat', 'utf8');
  return (Number(/^TCP:.* mem (\d+)/m.exec(text)?.[1]) * PAGE_BYTES) / 1e6;
}

async function printStart(store: string, images: readonly string[], hosts: number): Promise<void> {
  const daemon = await startDaemon(store, images, { hosts });
  try {
    const cpu = cpuSeconds(daemon.pid);
    const resident = residentMegabytes(daemon.pid);
    await delay(5_000);
    const cells = [daemon.startSeconds.toFixed(2), cpu.toFixed(2), resident.toFixed(0)];
    const later = residentMegabytes(daemon.pid).toFixed(0);
    const load = await DaemonLoad.start(daemon, folder, values.seconds);
    const menu = await load.menu('/pxelinux.cfg/default');
    await load.tftp(FEW_CLIENTS);
    await load.http(FEW_CLIENTS);
    const tftp = await load.tftp(FEW_CLIENTS);
    const http = await load.http(FEW_CLIENTS);
    const costs = [menu, tftp.cost.toFixed(2), http.cost.toFixed(2)];
    const peak = Math.max(tftp.peakMegabytes, http.peakMegabytes).toFixed(0);
    printRow(
      [images.length, hosts, ...cells, later, ...costs, peak],
      [6, 6, 8, 6, 7, 10, 8, 10, 10, 8],
    );
  } finally {
    await daemon.stop();
  }
}

/** Prints what the daemon has loaded once it is ready, before any request. */
async function printModules(store: string): Promise<void> {
  const directory = join(folder, 'coverage');
  const daemon = await startDaemon(store, [LARGE], { env: { NODE_V8_COVERAGE: directory } });
  await daemon.stop();
  const urls = new Set<string>();
  for (const file of readdirSync(directory)) {
    const { result } = JSON.parse(readFileSync(join(directory, file), 'utf8')) as {
      readonly result: readonly { readonly url: string }[];
    };
    result.filter(({ url }) => url.startsWith('file:')).forEach(({ url }) => urls.add(url));
  }
  const packages = new Map<string, { files: number; bytes: number }>();
  for (const url of urls) {
    const path = fileURLToPath(url);
    const installed = path.split('/node_modules/').at(-1) ?? '';
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(installed)?.[0] ?? 'this repository';
    const entry = packages.get(name) ?? { files: 0, bytes: 0 };
    packages.set(name, { files: entry.files + 1, bytes: entry.bytes + statSync(path).size });
  }
  console.log(`\nloaded by an idle daemon: ${urls.size} files\n    kB  files  package`);
  const largest = [...packages].sort(([, a], [, b]) => b.bytes - a.bytes);
  for (const [name, { files, bytes }] of largest.slice(0, LARGEST)) {
    printRow([(bytes / 1000).toFixed(0), files, name], [6, 6, name.length + 1]);
  }
}

/** Prints memory and processor time under TFTP clients, HTTP clients, and slow HTTP readers. */
async function printLoads(store: string): Promise<void> {
  const daemon = await startDaemon(store, [LARGE]);
  try {
    const load = await DaemonLoad.start(daemon, folder, values.seconds);
    for (const plane of ['tftp', 'http'] as const) {
      await load[plane](1, '5');
      console.log(`\n${plane.toUpperCase()} clients     MB/s  CPU s/GB  peak MB  failed`);
      for (const clients of values.clients.split(',').map(Number)) {
        const { megabytesPerSecond, cost, peakMegabytes, failed } = await load[plane](clients);
        const cells = [megabytesPerSecond.toFixed(0), cost.toFixed(2), peakMegabytes.toFixed(0)];
        printRow([clients, ...cells, failed], [12, 8, 9, 8, 7]);
      }
    }
    await printSlowReaders(daemon, load.path);
  } finally {
    await daemon.stop();
  }
}

async function printSlowReaders(daemon: Daemon, path: string): Promise<void> {
  const count = Number(values.readers);
  const sockets: Socket[] = [];
  const peak = watchMemory(daemon.pid);
  const before = cpuSeconds(daemon.pid);
  const kernelBefore = socketMegabytes();
  let bytes = 0;
  for (let index = 0; index < count; index += 1) {
    const localAddress = `127.1.${index >> 8}.${index & 0xff || 1}`;
    const socket = connect({ host: '127.0.0.1', port: daemon.httpPort, localAddress });
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      socket.pause();
      setTimeout(() => socket.resume(), 1_000);
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`);
    sockets.push(socket);
  }
  await delay(10_000);
  const kernel = (socketMegabytes() - kernelBefore).toFixed(0);
  const open = sockets.filter(({ destroyed }) => !destroyed).length;
  const cpu = cpuSeconds(daemon.pid) - before;
  console.log(
    `\n${open} of ${count} slow HTTP readers: ${(bytes / 1e6).toFixed(0)} MB in 10 s, ` +
      `${cpu.toFixed(2)} s of processor time, peak ${peak().toFixed(0)} MB, ` +
      `${kernel} MB in the kernel's buffers of both sides`,
  );
  sockets.forEach((socket) => socket.destroy());
}

function printRow(cells: readonly (string | number)[], widths: readonly number[]): void {
  console.log(cells.map((cell, at) => String(cell).padStart(widths[at] ?? 0)).join(' '));
}
