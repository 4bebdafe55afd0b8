// Packs every published package, installs the tarballs in an empty project as a user would, imports
// and requires each public entry, compiles a program against its declarations, and asks the
// installed CLI for its version.
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
  run(
    ...['npm', 'install', '--no-audit', '--no-fund', '--engine-strict', '@types/node@20'],
    ...tarballs.map((file) => `./${file}`),
  );
  const specifiers = [];
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
      specifiers.push(specifier);
    }
  }
  compile(specifiers);
  console.log('tsc --strict takes the declarations, without skipLibCheck');
  const version = run('npx', '--no-install', 'pxeboot', '--version').trim();
  console.log(`pxeboot ${version}: the installed command runs`);
  console.log(`${packages.length} packages, ${specifiers.length} entries`);
} finally {
  rmSync(project, { recursive: true });
}

function workspaceFolders(parent) {
  return readdirSync(join(root, parent)).map((name) => join(parent, name));
}

/** Program that fails if the module has no exports. */
function loading(expression, specifier) {
  return `const module = ${expression}; if (Object.keys(module).length === 0) throw new Error('${specifier} exports nothing');`;
}

/** Type-checks a program that uses every entry point and all declarations below it. */
function compile(specifiers) {
  const imports = specifiers.map((name, at) => `import * as entry${at} from '${name}';`);
  const uses = specifiers.map((_, at) => `entry${at}`).join(', ');
  writeFileSync(join(project, 'consumer.ts'), `${imports.join('\n')}\nexport default [${uses}];\n`);
  run(
    ...['node', join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '--strict'],
    ...['--skipLibCheck', 'false', '--module', 'nodenext', '--target', 'es2023'],
    ...['--types', 'node', 'consumer.ts'],
  );
}

function run(command, ...args) {
  return execFileSync(command, args, {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
