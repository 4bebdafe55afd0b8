/**
 * Compares the daemon's boot HTTP with nginx (sendfile) under the same load: streams that read one file again and
 * again, each server on one processor, the load generator on another, every byte compared.
 *
 *   npm run bench:http -- [--streams 20,200] [--seconds 2] [--rounds 6] [--megabytes 40]
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';

import { addMadeUpSuite, createSigningKey, type MirrorTree } from '@pxe/local-mirror';

import { debianNginx } from './debian-servers.js';
import { compileLoadGenerator, type LoadResult, pinned } from './load.js';
import { cpuSeconds, startDaemon, syncFrom } from './made-up-daemon.js';
import { comparison, printMachine } from './report.js';

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '20,200' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '6' },
    megabytes: { type: 'string', default: '40' },
  },
});

const IMAGE = 'trixie:amd64:text';
const SERVER_PROCESSOR = 0;
const LOAD_PROCESSOR = 1;

interface HttpServer {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
}

const folder = mkdtempSync(join(tmpdir(), 'pxe-bench-http-'));
const store = join(folder, 'store');
try {
  await sync();
  const daemon = await startDaemon(store, [IMAGE], {
    command: (program) => {
      const [first, args] = pinned(SERVER_PROCESSOR, program);
      return [first, ...args];
    },
  });
  try {
    await measure({ name: 'ours', pid: daemon.pid, port: daemon.httpPort });
  } finally {
    await daemon.stop();
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function sync(): Promise<void> {
  const key = await createSigningKey();
  const keyring = join(folder, 'keyring.asc');
  writeFileSync(keyring, key.publicKey);
  const tree: MirrorTree = new Map();
  const initrdLength = Number(values.megabytes) * 1e6;
  await addMadeUpSuite(tree, { codename: 'trixie', initrdLength }, key);
  await syncFrom(tree, keyring, store, [IMAGE]);
}

async function measure(ours: HttpServer): Promise<void> {
  const origin = `http://127.0.0.1:${ours.port}`;
  const menu = await fetch(`${origin}/pxelinux.cfg/default`);
  const path = /\/debian\/[^\s"']+\/initrd\.gz/.exec(await menu.text())?.[0] ?? '';
  const copy = join(folder, 'root', path);
  mkdirSync(dirname(copy), { recursive: true });
  const initrd = await fetch(`${origin}${path}`);
  writeFileSync(copy, Buffer.from(await initrd.arrayBuffer()));
  await using nginx = await startNginx(join(folder, 'root'));
  const program = compileLoadGenerator(folder, 'http-load');
  const run = async ({ port, pid }: HttpServer, streams: string, seconds = values.seconds) => {
    const before = cpuSeconds(pid);
    const load = [program, String(port), path, copy, streams, seconds];
    const { stdout } = await promisify(execFile)(...pinned(LOAD_PROCESSOR, load));
    const result = JSON.parse(stdout) as LoadResult;
    const cost = (cpuSeconds(pid) - before) / (result.bytes / 1e9);
    return { ...result, speed: result.bytes / 1e6 / result.seconds, cost };
  };
  printMachine();
  console.log('\nstreams  server     MB/s  CPU s/GB  failed');
  for (const streams of values.streams.split(',')) {
    const speeds = { ours: [] as number[], nginx: [] as number[] };
    const costs = { ours: [] as number[], nginx: [] as number[] };
    for (const server of [ours, nginx]) {
      await run(server, streams);
    }
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const server of [ours, nginx]) {
        const { speed, cost, failed, wrong } = await run(server, streams);
        const of = server === ours ? 'ours' : 'nginx';
        speeds[of].push(speed);
        costs[of].push(cost);
        const cells = [
          streams.padStart(7),
          server.name.padStart(7),
          speed.toFixed(0).padStart(8),
          cost.toFixed(2).padStart(9),
          String(failed + wrong).padStart(7),
        ];
        console.log(cells.join(' '));
      }
    }
    const ratio = comparison(speeds.ours, speeds.nginx);
    const cost = comparison(costs.ours, costs.nginx);
    console.log(
      `${streams} streams, ours against nginx: ${ratio?.mean.toFixed(2)} ± ${ratio?.error?.toFixed(2)} ` +
        `(target 1.0), processor time ${cost?.mean.toFixed(2)} ± ${cost?.error?.toFixed(2)}\n`,
    );
  }
}

/** Starts nginx with one worker and sendfile. */
async function startNginx(root: string): Promise<HttpServer & AsyncDisposable> {
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join(' ');
  writeFileSync(
    file,
    `daemon off; master_process off; user root; pid ${join(folder, 'nginx.pid')}; error_log stderr;
     events { worker_connections 4096; }
     http { sendfile on; tcp_nopush on; access_log off; keepalive_requests 1000000; ${paths}
       server { listen 127.0.0.1:${port} backlog=4096; root ${root}; } }`,
  );
  const command = [debianNginx(), '-e', 'stderr', '-c', file];
  const child = spawn(...pinned(SERVER_PROCESSOR, command), {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  while (!(await answers(port))) {
    if (child.exitCode !== null || child.pid === undefined) {
      throw new Error('nginx does not start');
    }
    await delay(100);
  }
  return { name: 'nginx', pid: Number(child.pid), port, [Symbol.asyncDispose]: stop };
}

async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
