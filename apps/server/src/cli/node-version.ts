/**
 * Returns the reason why this version of Node.js cannot run the program, with a hint; undefined if it can.
 *
 * @param version - version of Node.js, such as `20.19.2`
 * @param range - `engines.node` of the package: `>=` and the oldest version
 */
export function nodeVersionProblem(version: string, range: string): string | undefined {
  const oldest = range.replace('>=', '');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = oldest.split('.').map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) {
    return undefined;
  }
  return `this needs Node.js ${oldest} or later, but runs on ${version}\n  install a newer one, for example from Debian 13 or https://nodejs.org/`;
}
