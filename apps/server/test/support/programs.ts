import { spawnSync } from 'node:child_process';

/**
 * Whether one of the programs is missing here. It then says so, for the test that is left out;
 * under `CI=true`, where everything must run, it throws instead.
 */
export function lacks(...programs: readonly string[]): boolean {
  const missing = programs.filter(
    (program) => spawnSync('sh', ['-c', 'command -v "$0"', program]).status !== 0,
  );
  return missing.length > 0 && leaveOut(`this machine lacks: ${missing.join(', ')}`);
}

/** The same for tests that need root, to make network namespaces. */
export function lacksRoot(): boolean {
  return process.getuid?.() !== 0 && leaveOut('it needs root');
}

function leaveOut(reason: string): true {
  const message = `left out, since ${reason}`;
  if (process.env['CI'] === 'true') {
    throw new Error(message);
  }
  process.stderr.write(`SKIP ${message}\n`);
  return true;
}
