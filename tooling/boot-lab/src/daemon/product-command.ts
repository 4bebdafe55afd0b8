import { runCommandWith } from '../process/command.js';
import { environmentWithoutSettings } from './environment.js';

/**
 * Runs a command of the product to its end.
 *
 * @param cli - the built command line, `apps/server/dist/main.js`
 * @returns its standard output
 * @throws `LabError` `ERR_LAB_PROGRAM` with what it wrote to standard error
 */
export function productCommand(cli: string, ...args: readonly string[]): Promise<string> {
  return runCommandWith(environmentWithoutSettings(), process.execPath, cli, ...args);
}
