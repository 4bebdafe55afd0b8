/**
 * Returns the reason why this version of Node.js cannot run the program, with a hint; undefined if it can.
 *
 * @param version - version of Node.js, such as `20.19.2`
 * @param range - `engines.node` of the package: alternatives such as `^20.19.0` and `>=22.12.0`
 */
export function nodeVersionProblem(version: string, range: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isSupported = range.split(' || ').some((alternative) => {
    const [leastMajor = 0, leastMinor = 0] = alternative.replace(/^\D+/, '').split('.').map(Number);
    return (
      (major === leastMajor && minor >= leastMinor) ||
      (major > leastMajor && alternative.startsWith('>='))
    );
  });
  return isSupported
    ? undefined
    : `this needs Node.js ${range}, but runs on ${version}\n  install a version in this range, for example from Debian 13 or https://nodejs.org/`;
}
