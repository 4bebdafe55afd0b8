import { parseArgs, type ParseArgsConfig } from 'node:util';

import { LabError } from './errors.js';

/**
 * Parses a command line.
 *
 * @throws {@link LabError} `ERR_LAB_USAGE`
 */
export function parseArguments<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new LabError('ERR_LAB_USAGE', error instanceof Error ? error.message : String(error));
  }
}

/**
 * Runs a lab's main function and sets the exit code: the returned one, 2 for an invalid command line, or
 * 1 for any other {@link LabError}, which is printed.
 *
 * @throws any other error
 */
export async function runMain(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof LabError)) {
      throw error;
    }
    const isUsage = error.code === 'ERR_LAB_USAGE';
    console.error(isUsage ? `${error.message} (see --help)` : error.message);
    process.exitCode = isUsage ? 2 : 1;
  }
}
