// Packs every published package, installs the tarballs in an empty project as a user would, and
// imports and requires each public entry; then asks the installed CLI for its version.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { pnpm } from './pnpm.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'pxeboot-smoke-'));

const packages = [...workspaceFolders('packages'), ...workspaceFolders('apps')]
  .map((folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')))
  .filter((manifest) => !manifest.private);

try {
  for (const { name } of packages) {
    if (pnpm('--filter', name, 'pack', '--pack-destination', project) !== 0) {
      throw new Error(`packing ${name} failed`);
    }
  }
  const tarballs = readdirSync(project).filter((file) => file.endsWith('.tgz'));
  writeFileSync(join(project, 'package.json'), '{"private": true, "type": "module"}\n');
  run('npm', 'install', '--no-audit', '--no-fund', ...tarballs.map((file) => `./${file}`));
  let entries = 0;
  for (const { name, exports: map = {} } of packages) {
    for (const entry of Object.keys(map).filter((path) => path !== './package.json')) {
      const specifier = join(name, entry);
      run(
        'node',
        '--input-type=module',
        '--eval',
        loading(`await import('${specifier}')`, specifier),
      );
      run('node', '--input-type=commonjs', '--eval', loading(`require('${specifier}')`, specifier));
      console.log(`${specifier}: import and require work`);
      entries++;
    }
  }
  const version = run('npx', '--no-install', 'pxeboot', '--version').trim();
  console.log(`pxeboot ${version}: the installed command runs`);
  console.log(`${packages.length} packages, ${entries} entries`);
} finally {
  rmSync(project, { recursive: true });
}

function workspaceFolders(parent) {
  return readdirSync(join(root, parent)).map((name) => join(parent, name));
}

/** A program that fails unless the module has exports. */
function loading(expression, specifier) {
  return `const module = ${expression}; if (Object.keys(module).length === 0) throw new Error('${specifier} exports nothing');`;
}

function run(command, ...args) {
  return execFileSync(command, args, {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
