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
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';

import { environmentOf } from './owner.js';

const PROJECTS = [
  'packages/tftp-protocol',
  'packages/syslinux-menu',
  'packages/debian-netboot',
  'apps/dashboard',
  'apps/server',
];

/** Everything that the build depends on; folders count with all their files. */
const INPUTS = [
  'package.json',
  'pnpm-lock.yaml',
  'tooling/config/tsconfig',
  'tooling/config/tsup',
  'tooling/workspace/prepare.js',
  ...PROJECTS.flatMap((project) =>
    ['package.json', 'tsup.config.js', 'vite.config.js', 'index.html', 'tsconfig.json', 'src'].map(
      (name) => `${project}/${name}`,
    ),
  ),
];

const STAMP = 'node_modules/.pxeboot-start';

/** Interval at which a dot shows that the build is running, in milliseconds. */
const DOT_EVERY_MS = 2000;

/**
 * Installs and builds if anything has changed since the last time. Prints one line, and the whole output if a
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
  // A build that ends in the middle must not count.
  rmSync(join(root, STAMP), { force: true });
  const startedAt = performance.now();
  process.stderr.write('npm start: installing and building …');
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const pnpm = ['npx', '--yes', packageManager, '--filter', '@pxe/server...'];
  const steps = [
    [...pnpm, 'install', '--frozen-lockfile'],
    [...pnpm, 'run', 'bundle'],
  ];
  const dots =
    process.stderr.isTTY && !isVerbose
      ? setInterval(() => process.stderr.write('.'), DOT_EVERY_MS)
      : undefined;
  for (const step of steps) {
    const { code, output } = await run(step, { root, isVerbose, owner });
    if (code !== 0) {
      clearInterval(dots);
      process.stderr.write(` failed\n${output}\nnpm start: "${step.join(' ')}" failed (${code})\n`);
      return code;
    }
  }
  clearInterval(dots);
  writeFileSync(join(root, STAMP), stamp);
  if (owner !== undefined) {
    chownSync(join(root, STAMP), owner.uid, owner.gid);
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stderr.write(` done in ${seconds} s\n`);
  return 0;
}

async function run([command, ...args], { root, isVerbose, owner }) {
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', isVerbose ? 'inherit' : 'pipe', isVerbose ? 'inherit' : 'pipe'],
    shell: process.platform === 'win32',
    ...(owner && { uid: owner.uid, gid: owner.gid, env: environmentOf(owner, process.env) }),
  });
  const parts = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (part) => parts.push(part));
  }
  const [code] = await once(child, 'close');
  return { code: code ?? 1, output: Buffer.concat(parts).toString() };
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

function isBuilt(root) {
  return PROJECTS.every((project) =>
    ['js', 'html'].some((kind) => existsSync(join(root, project, `dist/index.${kind}`))),
  );
}

function readStamp(root) {
  return existsSync(join(root, STAMP)) ? readFileSync(join(root, STAMP), 'utf8') : undefined;
}
