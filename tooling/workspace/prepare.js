// Installs and builds what `npm start` runs: the server, its libraries and the dashboard, without declarations.
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';

import { onSignals } from './foreground.js';
import { environmentOf } from './owner.js';

const PROJECTS = [
  'packages/tftp-protocol',
  'packages/syslinux-menu',
  'packages/debian-netboot',
  'packages/debian-preseed',
  'packages/dhcp-protocol',
  'packages/udp-batch',
  'apps/dashboard',
  'apps/server',
];

/** Everything that the build depends on; folders count with all their files. */
const INPUTS = [
  'package.json',
  'pnpm-lock.yaml',
  'tooling/config/rolldown',
  'tooling/config/tsconfig',
  'tooling/config/tsup',
  'tooling/workspace/prepare.js',
  ...PROJECTS.flatMap((project) =>
    [
      ...['package.json', 'tsup.config.js', 'vite.config.js', 'tsconfig.json'],
      ...['index.html', 'public', 'src'],
    ].map((name) => `${project}/${name}`),
  ),
];

const STAMP = 'node_modules/.pxeboot-start';

/** Interval at which the current step and its time are shown, on a terminal and elsewhere, in milliseconds. */
const SHOW_EVERY_MS = { terminal: 1000, other: 10_000 };

/**
 * Settings of npm and pnpm, unless the user has set others: without a network, npm by itself waits for minutes before
 * it fails.
 */
const NETWORK_PATIENCE = {
  npm_config_fetch_retries: '1',
  npm_config_fetch_retry_mintimeout: '1000',
  npm_config_fetch_retry_maxtimeout: '5000',
  npm_config_fetch_timeout: '30000',
};

/** Codes that npm and pnpm print when they cannot reach the registry. */
const UNREACHABLE =
  /\b(?:EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|EPROTO|ERR_SOCKET_TIMEOUT|FETCH_ERROR|(?:SELF_SIGNED|UNABLE_TO)_[A-Z_]+)\b/;

/**
 * Installs and builds if anything has changed since the last time. Shows the current step, and the whole output if a
 * step fails or `isVerbose` is set.
 *
 * @param {string} root
 * @param {{ isVerbose: boolean, owner: import('./owner.js').Owner | undefined }} options
 * @returns {Promise<number>} exit code
 */
export async function prepare(root, { isVerbose, owner }) {
  const stamp = stampOf(root);
  if (isBuilt(root) && stamp === readStamp(root)) {
    return 0;
  }
  // If this build is interrupted, the next start must not take its output for a complete one.
  rmSync(join(root, STAMP), { force: true });
  const startedAt = performance.now();
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const pnpm = ['npx', '--yes', packageManager];
  const server = ['--filter', '@pxe/server...'];
  const steps = [
    { doing: 'fetching pnpm from the npm registry', command: [...pnpm, '--version'] },
    {
      doing: 'installing packages from the npm registry',
      command: [...pnpm, ...server, 'install', '--frozen-lockfile'],
    },
    { doing: 'building', command: [...pnpm, ...server, 'run', 'bundle'] },
  ];
  for (const { doing, command } of steps) {
    const line = showStep(doing, isVerbose);
    const { code, signal, output } = await run(command, { root, isVerbose, owner });
    line.end();
    if (signal !== undefined) {
      return 128 + constants.signals[signal];
    }
    if (code !== 0) {
      process.stderr.write(failureText({ doing, command, code, output }));
      return code;
    }
  }
  writeFileSync(join(root, STAMP), stamp);
  if (owner !== undefined) {
    chownSync(join(root, STAMP), owner.uid, owner.gid);
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stderr.write(`npm start: installed and built in ${seconds} s\n`);
  return 0;
}

/** Shows the current step and how long it has taken: in one line of a terminal, or as lines every 10 s. */
function showStep(doing, isVerbose) {
  const startedAt = performance.now();
  const text = () =>
    `npm start: ${doing} … ${Math.floor((performance.now() - startedAt) / 1000)} s`;
  const isLive = process.stderr.isTTY && !isVerbose;
  const show = () => process.stderr.write(isLive ? `\r${text()}\u001b[K` : `${text()}\n`);
  show();
  const timer = setInterval(show, isLive ? SHOW_EVERY_MS.terminal : SHOW_EVERY_MS.other);
  return {
    end() {
      clearInterval(timer);
      if (isLive) {
        process.stderr.write('\r\u001b[K');
      }
    },
  };
}

/** Text about a failed step: its own output, then its name, the cause and the remedy. */
function failureText({ doing, command, code, output }) {
  const cause = UNREACHABLE.exec(output)?.[0];
  const [what, remedy] =
    cause === undefined
      ? [`"${command.join(' ')}" failed (${code})`, 'see its output above']
      : [
          `${doing} failed: the registry cannot be reached (${cause})`,
          'check the network and the proxy of this machine ("npm config get registry", "npm config get proxy"), then run "npm start" again',
        ];
  return `${output}\nnpm start: ${what}\n  ${remedy}\n`;
}

/** Runs a step to its end, or until a signal to this process ends all programs of the step. */
async function run([command, ...args], { root, isVerbose, owner }) {
  const isWindows = process.platform === 'win32';
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', isVerbose ? 'inherit' : 'pipe', isVerbose ? 'inherit' : 'pipe'],
    shell: isWindows,
    // A process group of its own: npx does not pass every signal on.
    detached: !isWindows,
    env: { ...NETWORK_PATIENCE, ...(owner ? environmentOf(owner, process.env) : process.env) },
    ...(owner && { uid: owner.uid, gid: owner.gid }),
  });
  const parts = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (part) => parts.push(part));
  }
  let signal;
  const release = onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], (name) => {
    signal = name;
    try {
      process.kill(isWindows ? child.pid : -child.pid, name);
    } catch {
      // The processes of the group have just ended.
    }
  });
  const [code] = await once(child, 'close').finally(release);
  return { code: code ?? 1, signal, output: Buffer.concat(parts).toString() };
}

/** Hash of all inputs, and of the version and platform of Node. */
function stampOf(root) {
  const hash = createHash('sha256').update(`${process.version} ${process.platform}\n`);
  for (const file of INPUTS.flatMap((input) => filesIn(root, input))) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** Files below a path, which may be a file or missing, in a fixed order. */
function filesIn(root, path) {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats === undefined) {
    return [];
  }
  return stats.isDirectory()
    ? readdirSync(join(root, path))
        .sort()
        .flatMap((name) => filesIn(root, `${path}/${name}`))
    : [path];
}

/** Files that the server's build writes last: an interrupted build may lack them. */
const WRITTEN_LAST = ['apps/server/dist/main.cjs', 'apps/server/dist/dashboard/index.html'];

function isBuilt(root) {
  return (
    PROJECTS.every((project) =>
      ['js', 'html'].some((kind) => existsSync(join(root, project, `dist/index.${kind}`))),
    ) && WRITTEN_LAST.every((file) => existsSync(join(root, file)))
  );
}

function readStamp(root) {
  return existsSync(join(root, STAMP)) ? readFileSync(join(root, STAMP), 'utf8') : undefined;
}
