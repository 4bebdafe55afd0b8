import { ARCHES } from '../catalog/arch.js';
import { dailyHint, type ImageSelection } from '../catalog/selection.js';
import { compareSuites, suiteFacts } from '../catalog/suite.js';
import { VARIANTS } from '../catalog/variant.js';
import { NetbootError } from '../errors.js';

/**
 * Merges selections into one per suite and architecture, in menu order.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_INVALID_SELECTION` if there are no selections, a suite and
 *   architecture is selected with two builds or two kinds of trust, or a daily build is pinned or belongs to
 *   a suite without daily builds
 */
export function mergeSelections(selections: readonly ImageSelection[]): ImageSelection[] {
  const merged = new Map<string, ImageSelection>();
  for (const selection of selections) {
    const key = `${selection.suite} ${selection.arch}`;
    const known = merged.get(key);
    if (known === undefined) {
      merged.set(key, selection);
      continue;
    }
    const isSameBuild =
      known.build === selection.build && known.checksumListSha256 === selection.checksumListSha256;
    if (!isSameBuild) {
      throw invalid(`${key} is selected with two different builds`, 'select only one of them');
    }
    if (isDaily(known) !== isDaily(selection)) {
      throw invalid(
        `${key} is selected both with and without trust: tls`,
        'select only one of them',
      );
    }
    const firmware = new Set([...(known.firmware ?? []), ...(selection.firmware ?? [])]);
    merged.set(key, {
      ...known,
      variants: [...known.variants, ...selection.variants],
      ...(firmware.size > 0 && { firmware: [...firmware] }),
    });
  }
  if (merged.size === 0) {
    throw invalid('no images are selected', 'select at least one');
  }
  for (const selection of merged.values()) {
    if (isDaily(selection)) {
      expectDaily(selection);
    }
  }
  return [...merged.values()]
    .map((selection) => ({
      ...selection,
      variants: VARIANTS.filter((variant) => selection.variants.includes(variant)),
    }))
    .sort(
      (left, right) =>
        compareSuites(left.suite, right.suite) ||
        ARCHES.indexOf(left.arch) - ARCHES.indexOf(right.arch),
    );
}

/** Returns true if a selection is for daily builds. */
export function isDaily({ trust }: Pick<ImageSelection, 'trust'>): boolean {
  return trust === 'tls';
}

function expectDaily({ suite, build, checksumListSha256 }: ImageSelection): void {
  if (suiteFacts(suite).kind !== 'rolling') {
    throw invalid(`${suite} has no daily builds`, dailyHint());
  }
  const isPinned = (build ?? checksumListSha256) !== undefined;
  if (isPinned) {
    throw invalid(
      `${suite} with trust tls cannot be pinned to a build`,
      'remove the build or trust tls',
    );
  }
}

function invalid(message: string, hint: string): NetbootError {
  return new NetbootError('ERR_NETBOOT_INVALID_SELECTION', message, { hint });
}
