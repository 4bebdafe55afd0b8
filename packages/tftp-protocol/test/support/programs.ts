import { execFile } from 'node:child_process';

/** Time after which a program is considered to hang, in milliseconds; long, since the machine may be busy. */
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
