/**
 * Availability in the archive of the kernel modules that an image's installer loads after booting:
 *
 * - `ok`: available, and there are no modules for a newer kernel yet
 * - `last`: available, but a newer kernel has modules too, and the next update may remove these
 * - `stale`: unavailable; the installer would stop with "No kernel modules were found"
 * - `unknown`: there is no index of installer modules to compare the kernel with
 */
export type AbiState = 'ok' | 'last' | 'stale' | 'unknown';

/**
 * Compares an image's kernel with the kernels that the archive has installer modules for.
 *
 * @param kernelVersion - the image's kernel, as in `uname -r`
 * @param archiveVersions - every `Kernel-Version` of the suite's udeb index
 */
export function classifyAbi(kernelVersion: string, archiveVersions: ReadonlySet<string>): AbiState {
  if (!archiveVersions.has(kernelVersion)) {
    return 'stale';
  }
  const { number, flavour } = splitVersion(kernelVersion);
  for (const other of archiveVersions) {
    const rival = splitVersion(other);
    if (rival.flavour === flavour && compareNumbers(rival.number, number) > 0) {
      return 'last';
    }
  }
  return 'ok';
}

/**
 * Splits `6.1.0-50-amd64` or `6.12.107+deb13-amd64` into its numbers and the flavour at the end.
 */
function splitVersion(version: string): { readonly number: number[]; readonly flavour: string } {
  let tail = version.length;
  while (tail > 0 && /[a-z0-9-]/.test(version.charAt(tail - 1))) {
    tail--;
  }
  const hyphen = version.slice(tail).search(/-[a-z]/);
  const baseEnd = hyphen === -1 ? version.length : tail + hyphen;
  const numbers = version.slice(0, baseEnd).match(/\d+/g) ?? [];
  return { number: numbers.map(Number), flavour: version.slice(baseEnd + 1) };
}

function compareNumbers(left: readonly number[], right: readonly number[]): number {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}
