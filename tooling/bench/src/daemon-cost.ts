/**
 * Compares the cost of two daemons for the same work, such as one with and one without a database:
 * processor time per request and per gigabyte, and memory. The two take turns, and only their own
 * processor time counts, so that a busy machine does not spoil the result.
 *
 *   npm run bench:daemon -- --store DIR [--with ARGS] [--without ARGS] [--without-program FILE]
 *     [--rounds 10] [--pairs 2] [--only WORK]
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { environmentWithoutSettings } from '@pxe/lab-host';
import { createTftpClient } from '@pxe/tftp-protocol/node';

const { values } = parseArgs({
  options: {
    store: { type: 'string' },
    with: { type: 'string', default: '' },
    without: { type: 'string', default: '--state off' },
    program: {
      type: 'string',
      default: fileURLToPath(new URL('../../../apps/server/dist/main.cjs', import.meta.url)),
    },
    'without-program': { type: 'string' },
    rounds: { type: 'string', default: '10' },
    pairs: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
  },
});

/** File of the boot namespace that every store has. */
const LOADER = '/lpxelinux.0';
/** Number of small requests per turn: few, since a busy machine changes its speed within a second. */
const SMALL_REQUESTS = 100;
/**
 * Number of turns that warm both daemons up. Node compiles a function better the more often it runs: the first few
 * thousand requests of a process cost up to five times as much as the later ones, and differ most between two
 * programs.
 */
const WARM_TURNS = { request: 50, byte: 1 } as const;
/** Number of turns per unit of `--pairs`. */
const TURNS_PER_PAIR = { request: 10, byte: 1 } as const;
const CONCURRENCY = 8;
/** Number of reads of the initrd per turn, of 40 MB each. */
const LARGE_READS = { http: 12, tftp: 2 } as const;

interface Daemon {
  readonly pid: number;
  readonly tftpPort: number;
  readonly httpPort: number;
  readonly stop: () => void;
}

/** Processor time per request or byte in nanoseconds, with the arguments of `--with` and of `--without`. */
type Costs = [number, number];

const SIDES = [0, 1] as const;

interface Measured {
  readonly unit: Work['unit'];
  /** Costs of each round. */
  readonly rounds: Costs[];
}

/** One kind of work. `run` returns the number of requests or bytes that the cost is divided by. */
interface Work {
  readonly name: string;
  readonly unit: 'request' | 'byte';
  run(daemon: Daemon): Promise<number>;
}

async function startDaemon(
  program: string,
  args: readonly string[],
  store: string,
): Promise<Daemon> {
  const ports = ['tftp', 'http', 'admin'].map((plane) => `--${plane}-listen=127.0.0.1:0`);
  const settings = ['--data-dir', store, '--refresh-interval', '10d', '--log-format', 'json'];
  const child = spawn(process.execPath, [program, 'serve', ...settings, ...ports, ...args], {
    env: environmentWithoutSettings(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, msg, tftp, http } = JSON.parse(line) as {
      readonly event?: string;
      readonly msg?: string;
      readonly tftp?: readonly string[];
      readonly http?: readonly string[];
    };
    if (event === 'images.store-read-only') {
      child.kill('SIGKILL');
      throw new Error(`the daemon keeps no history: ${msg ?? ''}`);
    }
    if (event === 'serve.ready' && child.pid !== undefined) {
      // The rest of the log is discarded, so that the daemon does not wait for a reader.
      child.stdout.on('error', () => undefined).resume();
      return {
        pid: child.pid,
        tftpPort: portOf(tftp),
        httpPort: portOf(http),
        stop: () => child.kill('SIGKILL'),
      };
    }
  }
  throw new Error(`${program} does not start`);
}

function portOf(addresses: readonly string[] = []): number {
  return Number(addresses[0]?.split(':').at(-1));
}

/** Returns the processor time that the threads of a process have used so far, in nanoseconds. */
function processorTime(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.reduce((sum, task) => {
    const text = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8');
    return sum + Number(text.split(' ')[0]);
  }, 0);
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
}

const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });

function read(daemon: Daemon, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: daemon.httpPort, path, agent }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.on('error', reject).on('end', () => {
        resolve(bytes);
      });
    }).on('error', reject);
  });
}

async function concurrently(count: number, task: () => Promise<number>): Promise<number[]> {
  const results: number[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    for (; left > 0;) {
      left -= 1;
      results.push(await task());
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return results;
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

async function readByTftp(daemon: Daemon, path: string): Promise<number> {
  const { size } = await tftpFile(daemon, path);
  return size;
}

async function tftpFile(daemon: Daemon, path: string): Promise<{ readonly size: number }> {
  await using client = await createTftpClient({ host: '127.0.0.1', port: daemon.tftpPort });
  const content = await client.get(path, { blksize: 1428 });
  return { size: content.length };
}

/** Returns the kinds of work whose name contains the value of `--only`. */
function worksFor(initrd: string): readonly Work[] {
  return allWorks(initrd).filter(({ name }) => name.includes(values.only));
}

function allWorks(initrd: string): readonly Work[] {
  return [
    {
      name: 'HTTP, 75 kB',
      unit: 'request',
      run: async (daemon) =>
        (await concurrently(SMALL_REQUESTS, () => read(daemon, LOADER))).length,
    },
    {
      name: 'HTTP, 40 MB',
      unit: 'byte',
      run: async (daemon) =>
        total(await concurrently(LARGE_READS.http, () => read(daemon, initrd))),
    },
    {
      name: 'TFTP, 75 kB',
      unit: 'request',
      run: async (daemon) =>
        (await concurrently(SMALL_REQUESTS, () => readByTftp(daemon, LOADER))).length,
    },
    {
      name: 'TFTP, 40 MB',
      unit: 'byte',
      run: async (daemon) =>
        total(await concurrently(LARGE_READS.tftp, () => readByTftp(daemon, initrd))),
    },
  ];
}

/** Returns the path of an initrd, from the menu. */
async function initrdPath(daemon: Daemon): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${daemon.httpPort}/pxelinux.cfg/default`);
  const path = /\/debian\/[^\s"']+\/initrd\.gz/.exec(await response.text())?.[0];
  if (path === undefined) {
    throw new Error('the menu names no initrd: give a --store with images');
  }
  return path;
}

/** Returns the geometric mean of the ratios, and its standard error. */
function meanRatio(ratios: readonly number[]): { readonly mean: number; readonly error: number } {
  const logs = ratios.map(Math.log);
  const average = total(logs) / logs.length;
  const variance = total(logs.map((one) => (one - average) ** 2)) / Math.max(1, logs.length - 1);
  const mean = Math.exp(average);
  return { mean, error: mean * Math.sqrt(variance / logs.length) };
}

const { store } = values;
if (store === undefined) {
  throw new Error('usage: npm run bench:daemon -- --store DIR');
}
const sides = [
  { program: values.program, args: values.with },
  { program: values['without-program'] ?? values.program, args: values.without },
] as const;
const directory = mkdtempSync(join(tmpdir(), 'pxe-bench-daemon-'));
const measured = new Map<string, Measured>();
const memory: [number[], number[]] = [[], []];
try {
  for (const index of sides.keys()) {
    cpSync(store, join(directory, String(index)), {
      recursive: true,
      filter: (path) => !/\/(?:state\.[^/]*|[^/]*\.sock|work)$/.test(path),
    });
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    await measureRound(round);
    console.error(`round ${round + 1} of ${values.rounds}`);
  }
  printResults();
} finally {
  agent.destroy();
  rmSync(directory, { recursive: true });
}

/**
 * Measures two new processes, since two processes of one program can differ in speed by a fifth for as long as they run.
 */
async function measureRound(round: number): Promise<void> {
  const daemons: Daemon[] = [];
  try {
    for (const [index, { program, args }] of sides.entries()) {
      const words = args.split(' ').filter((word) => word !== '');
      daemons.push(await startDaemon(program, words, join(directory, String(index))));
    }
    const [first] = daemons;
    if (first === undefined) {
      return;
    }
    for (const work of worksFor(await initrdPath(first))) {
      const times: Costs = [0, 0];
      let amount = 0;
      const warmTurns = WARM_TURNS[work.unit];
      const turns = warmTurns + Number(values.pairs) * TURNS_PER_PAIR[work.unit];
      for (let turn = 0; turn <= turns; turn++) {
        // What a daemon does between its turns counts as well, such as writing to its database.
        if (turn === warmTurns || turn === turns) {
          for (const side of SIDES) {
            times[side] = processorTime((daemons[side] ?? first).pid) - times[side];
          }
        }
        if (turn < turns) {
          // The daemon that goes first changes from turn to turn.
          for (const side of (round + turn) % 2 === 0 ? SIDES : SIDES.toReversed()) {
            const done = await work.run(daemons[side] ?? first);
            amount += turn < warmTurns || side === 1 ? 0 : done;
          }
        }
      }
      const known = measured.get(work.name) ?? { unit: work.unit, rounds: [] };
      known.rounds.push([times[0] / amount, times[1] / amount]);
      measured.set(work.name, known);
    }
    for (const [index, { pid }] of daemons.entries()) {
      memory[index === 0 ? 0 : 1].push(residentMegabytes(pid));
    }
  } finally {
    for (const daemon of daemons) {
      daemon.stop();
    }
  }
}

function meanOf(costs: readonly Readonly<Costs>[]): Costs {
  return [
    total(costs.map(([one]) => one)) / costs.length,
    total(costs.map(([, other]) => other)) / costs.length,
  ];
}

function printResults(): void {
  for (const [name, { unit, rounds }] of measured) {
    const [one, other] = meanOf(rounds);
    const [factor, label] = unit === 'byte' ? [1000, 'ns per kB'] : [0.001, 'µs per request'];
    const { mean, error } = meanRatio(rounds.map(([first, second]) => first / second));
    const figures = `${(one * factor).toFixed(1)} against ${(other * factor).toFixed(1)} ${label}`;
    console.log(`${name}: ${figures}, ratio ${mean.toFixed(3)} ± ${error.toFixed(3)}`);
  }
  const [one, other] = memory.map((side) => total(side) / side.length);
  console.log(`memory: ${one?.toFixed(0) ?? ''} MB against ${other?.toFixed(0) ?? ''} MB`);
}
