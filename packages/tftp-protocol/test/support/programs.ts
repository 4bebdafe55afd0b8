import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { describe } from 'vitest';

const run = promisify(execFile);

/** What a program left behind when it ended. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; an exit code is a result, not an error. */
export async function runProgram(
  program: string,
  args: readonly string[],
  cwd?: string,
): Promise<ProgramResult> {
  try {
    const { stdout, stderr } = await run(program, args, { cwd, timeout: 60_000 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'number') {
      const { stdout, stderr } = error as unknown as ProgramResult;
      return { code: error.code, stdout, stderr };
    }
    throw error;
  }
}

/** Where a program lies on PATH. */
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
  if (missing.length === 0) {
    describe(name, tests);
    return;
  }
  const reason = `${name}: skipped, needs ${missing.join(', ')}`;
  if (process.env['CI'] === 'true') {
    throw new Error(reason);
  }
  process.stderr.write(`${reason}\n`);
  describe.skip(reason, tests);
}
