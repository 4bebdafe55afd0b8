import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { describe } from 'vitest';

/** After this time a program hangs, whatever else the machine does. */
const HANGING_MS = 180_000;

/** Result of a program. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; an exit code is a result, not an error. */
export function runProgram(
  program: string,
  args: readonly string[],
  cwd?: string,
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, timeout: HANGING_MS }, (error, stdout, stderr) => {
      if (error === null) {
        resolve({ code: 0, stdout, stderr });
      } else if (typeof error.code === 'number') {
        resolve({ code: error.code, stdout, stderr });
      } else {
        reject(new Error(`${program} did not run to its end`, { cause: error }));
      }
    });
  });
}

/** Returns the path of a program on PATH. */
function find(program: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, program))
    .find((path) => existsSync(path));
}

/**
 * Describes tests that need programs of Debian, or root. Without them the tests are skipped and a
 * line says what is missing; where CI is set that is a failure instead.
 */
export function describeWith(
  needs: { readonly programs: readonly string[]; readonly root?: boolean },
  name: string,
  tests: () => void,
): void {
  const missing = needs.programs.filter((program) => find(program) === undefined);
  if (needs.root === true && process.getuid?.() !== 0) {
    missing.push('root');
  }
  const reason = `${name}: skipped, needs ${missing.join(', ')}`;
  if (missing.length > 0) {
    if (process.env['CI'] === 'true') {
      throw new Error(reason);
    }
    process.stderr.write(`${reason}\n`);
  }
  describe.skipIf(missing.length > 0)(name, tests);
}
