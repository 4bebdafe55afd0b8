import { spawnSync } from 'node:child_process';

/**
 * Returns true if tests that need root and programs of Debian cannot run here. Prints a line that says
 * what is missing; under CI that is a failure.
 */
export function lacksRootOr(...programs: readonly string[]): boolean {
  const isMissing = (program: string): boolean =>
    spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0;
  const missing = [...(process.getuid?.() === 0 ? [] : ['root']), ...programs.filter(isMissing)];
  if (missing.length === 0) {
    return false;
  }
  const message = `Debian's own parsers are not compared: missing ${missing.join(', ')}`;
  if (process.env['CI'] === 'true') {
    throw new Error(message);
  }
  process.stderr.write(`skipped: ${message}\n`);
  return true;
}
