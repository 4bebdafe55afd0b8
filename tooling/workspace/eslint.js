// Lints the code in a few processes, as many at a time as there are processors. One process for everything needs more
// memory than Node gives it by default; one for each package reads the types of its dependencies again and again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = join(root, 'node_modules/eslint/bin/eslint.js');

/** Paths for each process, starting with the slowest. */
const groups = [['apps'], ['packages', '*.js'], ['tooling']];

let exitCode = 0;

/** Lints the groups that are left, one after the other. */
async function lint() {
  for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
    const child = spawn(process.execPath, [program, '--max-warnings', '0', ...group], {
      cwd: root,
      stdio: 'inherit',
    });
    const [code] = await once(child, 'close');
    exitCode = Math.max(exitCode, code ?? 1);
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, lint));
process.exitCode = exitCode;
