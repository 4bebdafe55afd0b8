import { spawnSync } from 'node:child_process';

/**
 * Returns true if programs of Debian are missing. Prints a line that names them; under CI that is a
 * failure.
 */
export function lacks(...programs: readonly string[]): boolean {
  const isMissing = (program: string): boolean =>
    spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0;
  return isSkipped(programs.filter(isMissing));
}

/** Returns true like {@link lacks}, also if root is missing. */
export function lacksRootOr(...programs: readonly string[]): boolean {
  return process.getuid?.() === 0 ? lacks(...programs) : isSkipped(['root']);
}

function isSkipped(missing: readonly string[]): boolean {
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
