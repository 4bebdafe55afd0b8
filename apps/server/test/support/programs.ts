import { spawnSync } from 'node:child_process';

/**
 * Returns true if one of the programs is missing, and reports that the test is skipped. Throws with
 * `CI=true`, where everything has to run.
 */
export function lacks(...programs: readonly string[]): boolean {
  const missing = programs.filter(
    (program) => spawnSync('sh', ['-c', 'command -v "$0"', program]).status !== 0,
  );
  return missing.length > 0 && leaveOut(`this machine lacks: ${missing.join(', ')}`);
}

/** Same for tests that need root for network namespaces. */
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
