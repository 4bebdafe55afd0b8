/**
 * Duration of a cold sync compared with plain curl, for the same files, on a link of 1 Gbit/s:
 *
 *     node throughput.js
 *
 * First, the host's apt downloads Debian's own files. Then the package and curl take turns fetching them from
 * the same web server, in a separate network namespace whose loopback is shaped by `tc tbf`. Needs apt-get,
 * unshare, ip, tc and curl, but no privileges.
 */
import { execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { mirrorSource, openStore, parseVariant, syncImages } from '@pxe/debian-netboot';
import { aptArchive, diskFile, type MirrorTree, serveMirror } from '@pxe/local-mirror';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(import.meta.url);
const CACHE = process.env['PXEBOOT_TEST_CACHE'] ?? join(tmpdir(), 'pxeboot-test-apt');
const ROUNDS = 15;
const RATE = process.env['BENCH_RATE'] ?? '1gbit';
/** `text`, or `text,gtk` for more than twice as many bytes. */
const VARIANTS = (process.env['BENCH_VARIANTS'] ?? 'text').split(',').map((name) => {
  const variant = parseVariant(name);
  if (!variant.ok) {
    throw variant.error;
  }
  return variant.value;
});

/** Writes the archive into a directory, for the process that will have no network. */
async function prepare(directory: string): Promise<void> {
  const archive = { suites: ['trixie'], arches: ['amd64'], cacheDirectory: CACHE };
  for (const [path, file] of await aptArchive(archive)) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    await pipeline(file.open(), createWriteStream(target));
  }
}

/** Serves the directory; prints its URL, then every requested path. */
async function serve(directory: string): Promise<void> {
  const tree: MirrorTree = new Map();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) {
      tree.set(path.slice(directory.length + 1), await diskFile(path));
    }
  }
  const { url, requests } = await serveMirror(tree);
  process.send?.(url);
  process.on('message', () => {
    const paths = requests.splice(0).flatMap(({ path, status }) => (status === 200 ? [path] : []));
    process.send?.(paths);
  });
}

async function sync(url: string, directory: string): Promise<void> {
  const store = await openStore(directory);
  await syncImages({
    store,
    source: mirrorSource({ mirrors: [url] }),
    images: [{ suite: 'trixie', arch: 'amd64', variants: VARIANTS }],
  });
}

async function curl(url: string, paths: readonly string[], directory: string): Promise<void> {
  await mkdir(directory);
  const files = paths.flatMap((path, index) => ['-o', String(index), `${url}/${path}`]);
  await run('curl', ['--fail', '--silent', '--globoff', ...files], { cwd: directory });
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** @param part - fraction from 0 to 1; 0.5 for the median */
function quantile(values: readonly number[], part: number): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length * part)] ?? 0;
}

async function measure(directory: string): Promise<void> {
  await run('ip', ['link', 'set', 'lo', 'up', 'mtu', '1500']);
  const shape = ['rate', RATE, 'burst', '512kb', 'latency', '50ms'];
  await run('tc', ['qdisc', 'add', 'dev', 'lo', 'root', 'tbf', ...shape]);
  const server = spawn(process.execPath, [PROGRAM, 'serve', directory], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const answer = (): Promise<unknown> =>
    new Promise((resolve) => {
      server.once('message', resolve);
    });
  const work = await mkdtemp(join(tmpdir(), 'throughput-'));
  try {
    const url = String(await answer());
    await sync(url, join(work, 'first'));
    server.send('paths');
    const paths = (await answer()) as string[];
    const { length } = paths;
    const times = { sync: [] as number[], curl: [] as number[] };
    const processor = process.cpuUsage();
    for (let round = 0; round < ROUNDS; round += 1) {
      times.curl.push(await seconds(() => curl(url, paths, join(work, `curl-${round}`))));
      times.sync.push(await seconds(() => sync(url, join(work, `sync-${round}`))));
    }
    const { user, system } = process.cpuUsage(processor);
    const ratios = times.curl.map((byCurl, round) => byCurl / (times.sync[round] ?? 0));
    const [bySync, byCurl] = [quantile(times.sync, 0.5), quantile(times.curl, 0.5)];
    const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => quantile(ratios, part).toFixed(2));
    process.stdout.write(`${length} files at ${RATE}, medians of ${ROUNDS} rounds:\n`);
    process.stdout.write(`curl ${byCurl.toFixed(2)} s, sync ${bySync.toFixed(2)} s`);
    process.stdout.write(
      ` and ${((user + system) / 1e6 / ROUNDS).toFixed(2)} s of processor time\n`,
    );
    process.stdout.write(`ratio ${middle} (quartiles ${low} and ${high})\n`);
  } finally {
    server.kill();
    await rm(work, { recursive: true, force: true });
  }
}

const [, , role, directory = ''] = process.argv;
switch (role) {
  case 'serve':
    await serve(directory);
    break;
  case 'measure':
    await measure(directory);
    break;
  default: {
    const archive = await mkdtemp(join(tmpdir(), 'throughput-archive-'));
    try {
      await prepare(archive);
      const args = ['-rn', process.execPath, PROGRAM, 'measure', archive];
      const { stdout } = await run('unshare', args);
      process.stdout.write(stdout);
    } finally {
      await rm(archive, { recursive: true, force: true });
    }
  }
}
