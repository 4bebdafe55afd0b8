import { spawnSync } from 'node:child_process';

/**
 * Whether one of the programs is missing here. It then says so, for the test that is left out;
 * under `CI=true`, where everything must run, it throws instead.
 */
export function lacks(...programs: readonly string[]): boolean {
  const missing = programs.filter(
    (program) => spawnSync('sh', ['-c', 'command -v "$0"', program]).status !== 0,
  );
  if (missing.length === 0) return false;
  const message = `left out, since this machine lacks: ${missing.join(', ')}`;
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`SKIP ${message}\n`);
  return true;
}
