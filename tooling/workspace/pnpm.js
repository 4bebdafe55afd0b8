// Runs the pnpm that package.json pins, so that a fresh clone needs only Node and npm.
import './node-version.js';

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs the pinned pnpm in the repository root and returns its exit code. */
export function pnpm(...args) {
  const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  // The hash is for Corepack; npm checks the package against the registry's.
  const [pinned] = packageManager.split('+');
  const { status, error } = spawnSync('npx', ['--yes', pinned, ...args], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) {
    throw error;
  }
  return status ?? 1;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = pnpm(...process.argv.slice(2));
}
