import { type Terminal } from '../terminal.js';

/** Interval between lines, in milliseconds. */
const SAY_EVERY_MS = 10_000;

/**
 * Runs work that may take a long time, and reports its progress on standard error every ten seconds.
 *
 * @param describe - returns the state of the work: `checking the files, 3 of 52`
 */
export async function withSignsOfLife<T>(
  { printError }: Pick<Terminal, 'printError'>,
  describe: () => string,
  work: () => Promise<T>,
): Promise<T> {
  const timer = setInterval(() => {
    printError(`pxeboot: ${describe()}`);
  }, SAY_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
