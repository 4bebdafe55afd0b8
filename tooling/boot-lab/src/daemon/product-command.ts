import { environmentWithoutSettings, runCommand } from '@pxe/lab-host';

/**
 * Runs a pxeboot command and waits until it exits.
 *
 * @param cli - entry file of the built command-line program, `apps/server/dist/main.cjs`
 * @returns its standard output
 * @throws {@link LabError} `ERR_LAB_PROGRAM` with its standard error output
 */
export function productCommand(cli: string, ...args: readonly string[]): Promise<string> {
  return runCommand(process.execPath, [cli, ...args], { env: environmentWithoutSettings() });
}
