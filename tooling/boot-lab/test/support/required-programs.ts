import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Returns true if a test that runs this program must be skipped because the program is missing, and
 * prints a message. With `CI=true` nothing is skipped, so that the test fails instead.
 */
export function skipWithout(program: string, debianPackage: string): boolean {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  if (directories.some((directory) => isExecutable(join(directory, program)))) {
    return false;
  }
  if (process.env['CI'] === 'true') {
    return false;
  }
  console.log(`skipped: ${program} is not installed (apt-get install ${debianPackage})`);
  return true;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
