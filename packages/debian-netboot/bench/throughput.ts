/**
 * Duration and processor time of a cold sync compared with plain curl, for the same files, on links of
 * 500 Mbit/s and 1 Gbit/s:
 *
 *     node throughput.js
 *
 * `BENCH_RATES` (in the notation of `tc tbf`), `BENCH_ROUNDS` and `BENCH_VARIANTS` change the defaults.
 *
 * First, the host's apt downloads Debian's own files. Then the package and curl take turns fetching them from
 * the same web server, in a separate network namespace whose loopback is shaped by `tc tbf`. Needs apt-get,
 * unshare, ip, tc and curl, but no privileges.
 */
import { execFile, spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
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
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 15);
const RATES = (process.env['BENCH_RATES'] ?? '500mbit,1gbit').split(',');
/** Minimum ratio of the package's speed to that of curl, by rate of the link. */
const TARGETS: Readonly<Record<string, number>> = { '500mbit': 0.95, '1gbit': 0.88 };
/** Clock ticks per second in /proc. */
const TICKS = 100;
/** Variants to sync: `text`, or `text,gtk` for more than twice as many bytes. */
const VARIANTS = (process.env['BENCH_VARIANTS'] ?? 'text').split(',').map((name) => {
  const variant = parseVariant(name);
  if (!variant.ok) {
    throw variant.error;
  }
  return variant.value;
});

/** Writes the archive into a directory, for the process that will have no network access. */
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

interface Cost {
  readonly seconds: number;
  /** Processor time of this process and its finished child processes, in seconds. */
  readonly cpuSeconds: number;
}

async function costOf(work: () => Promise<void>): Promise<Cost> {
  const [start, cpuBefore] = [performance.now(), cpuSeconds()];
  await work();
  return {
    seconds: (performance.now() - start) / 1000,
    cpuSeconds: cpuSeconds() - cpuBefore,
  };
}

function cpuSeconds(): number {
  const text = readFileSync('/proc/self/stat', 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ofPrograms = fields.slice(13, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + ofPrograms / TICKS;
}

/** Returns a quantile of values; `part` is a fraction from 0 to 1, such as 0.5 for the median. */
function quantile(values: readonly number[], part: number): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length * part)] ?? 0;
}

/** Runs sync and curl in turn, and prints the time that they take. */
async function compare(
  rate: string,
  url: string,
  paths: readonly string[],
  bytes: number,
  work: string,
): Promise<void> {
  await mkdir(work);
  const costs = { sync: [] as Cost[], curl: [] as Cost[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const target = (name: string): string => join(work, `${name}-${round}`);
    costs.curl.push(await costOf(() => curl(url, paths, target('curl'))));
    costs.sync.push(await costOf(() => sync(url, target('sync'))));
    await Promise.all(['curl', 'sync'].map((name) => rm(target(name), { recursive: true })));
  }
  const median = (values: readonly number[]): number => quantile(values, 0.5);
  process.stdout.write(`\n${rate}, medians of ${ROUNDS} rounds:\n`);
  for (const [name, rounds] of Object.entries(costs)) {
    const elapsed = median(rounds.map(({ seconds }) => seconds));
    const processor = median(rounds.map((one) => one.cpuSeconds));
    process.stdout.write(
      `${name} ${elapsed.toFixed(2)} s, ${processor.toFixed(2)} s of processor time, ` +
        `${(processor / (bytes / 1e9)).toFixed(1)} s/GB\n`,
    );
  }
  const ratios = costs.curl.map(
    ({ seconds }, round) => seconds / (costs.sync[round]?.seconds ?? 0),
  );
  const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => quantile(ratios, part).toFixed(2));
  const goal = TARGETS[rate];
  process.stdout.write(
    `ratio ${middle} (quartiles ${low} and ${high}${goal === undefined ? '' : `, target ${goal}`})\n`,
  );
}

async function measure(directory: string): Promise<void> {
  await run('ip', ['link', 'set', 'lo', 'up', 'mtu', '1500']);
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
    const sizes = await Promise.all(paths.map((path) => stat(join(directory, path))));
    const bytes = sizes.reduce((sum, { size }) => sum + size, 0);
    process.stdout.write(`${paths.length} files of ${(bytes / 1e6).toFixed(1)} MB in total\n`);
    for (const rate of RATES) {
      const shape = ['rate', rate, 'burst', '512kb', 'latency', '50ms'];
      await run('tc', ['qdisc', 'replace', 'dev', 'lo', 'root', 'tbf', ...shape]);
      await compare(rate, url, paths, bytes, join(work, rate));
    }
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
