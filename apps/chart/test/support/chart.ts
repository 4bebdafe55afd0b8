import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { findHelm, type Helm } from '@pxe/helm';

/** Folder of the chart. */
export const CHART: string = fileURLToPath(new URL('../../pxeboot', import.meta.url));

/** Returns the text of a file of the chart. */
export function chartFile(path: string): string {
  return readFileSync(join(CHART, path), 'utf8');
}

/** Values of complete installations, one file per use case. */
export const CASES: readonly { readonly name: string; readonly file: string }[] = readdirSync(
  join(CHART, 'ci'),
).map((file) => ({ name: basename(file, '-values.yaml'), file: join(CHART, 'ci', file) }));

/**
 * Helm 3 and Helm 4. Reports a platform that lacks Helm and returns none, so that the other tests run; in CI
 * this is a failure.
 */
export const HELMS: readonly Helm[] = ([3, 4] as const).flatMap((major) => {
  const helm = findHelm(major);
  if (helm !== undefined) {
    return [helm];
  }
  const reason = `no Helm ${major} for ${process.platform} on ${process.arch}`;
  if (process.env['CI'] === 'true') {
    throw new Error(reason);
  }
  process.stderr.write(`skipped: tests of the chart: ${reason}\n`);
  return [];
});
