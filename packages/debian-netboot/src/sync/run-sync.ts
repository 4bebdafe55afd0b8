import { archFacts, ARCHES, type Arch } from '../catalog/arch.js';
import { type ImageSelection } from '../catalog/selection.js';
import { compareSuites, type Suite } from '../catalog/suite.js';
import { VARIANTS, type Variant } from '../catalog/variant.js';
import { NetbootError } from '../errors.js';
import { type Generation, type GenerationManifest } from '../store/manifest.js';
import { fetchBiosLoaders } from './fetch-bios-loaders.js';
import { fetchInstaller, type FetchedInstaller } from './fetch-installer.js';
import { fetchReleases, type FetchedRelease } from './fetch-releases.js';
import { type SyncContext } from './sync-context.js';

/** Runs one sync from the first question to the commit. */
export async function runSync(
  context: SyncContext,
  images: readonly ImageSelection[],
): Promise<{ readonly generation: Generation; readonly changed: boolean }> {
  const { update, signal, onEvent } = context;
  const wanted = mergeSelections(images);
  const before = (await update.current())?.manifest;
  const suites = [...new Set(wanted.map(({ suite }) => suite))];
  const releases = await fetchReleases(context, suites);
  const releaseOf = (suite: Suite): FetchedRelease => {
    const release = releases.get(suite);
    if (release === undefined) throw new RangeError(`no release of ${suite} was fetched`);
    return release;
  };
  const installers: FetchedInstaller[] = [];
  for (const { suite, arch, variants } of wanted) {
    signal.throwIfAborted();
    installers.push(await fetchInstaller(context, releaseOf(suite), arch, variants, before));
  }
  const biosSuite = wanted.find(({ arch }) => archFacts(arch).hasBios)?.suite;
  const biosLoaders = biosSuite && (await fetchBiosLoaders(context, releaseOf(biosSuite), before));
  const draft: Omit<GenerationManifest, 'id' | 'createdAt'> = {
    targets: installers.flatMap(({ targets }) => targets),
    ...(biosLoaders && { biosLoaders }),
    efiLoaders: installers
      .map(({ efiLoaders }) => efiLoaders)
      .filter((loaders) => loaders !== undefined),
  };
  const evidence = formatEvidence(releases, installers);
  const result = await update.commit(draft, evidence, new Date(context.policy.now));
  onEvent({
    type: result.changed ? 'generationCommitted' : 'generationUnchanged',
    id: result.generation.id,
  });
  return result;
}

/** One selection for each suite and architecture, in the order of menus. */
function mergeSelections(images: readonly ImageSelection[]): ImageSelection[] {
  const merged = new Map<string, { suite: Suite; arch: Arch; variants: Set<Variant> }>();
  for (const { suite, arch, variants } of images) {
    const key = `${suite} ${arch}`;
    const known = merged.get(key) ?? { suite, arch, variants: new Set<Variant>() };
    for (const variant of variants) known.variants.add(variant);
    merged.set(key, known);
  }
  if (merged.size === 0) {
    throw new NetbootError('ERR_NETBOOT_INVALID_SELECTION', 'no images are selected', {
      hint: 'select at least one suite and architecture',
    });
  }
  return [...merged.values()]
    .sort(
      (left, right) =>
        compareSuites(left.suite, right.suite) ||
        ARCHES.indexOf(left.arch) - ARCHES.indexOf(right.arch),
    )
    .map(({ suite, arch, variants }) => ({
      suite,
      arch,
      variants: VARIANTS.filter((variant) => variants.has(variant)),
    }));
}

function formatEvidence(
  releases: ReadonlyMap<Suite, FetchedRelease>,
  installers: readonly FetchedInstaller[],
): string {
  const evidence = {
    releases: [...releases].map(([suite, { inRelease, signers }]) => ({
      suite,
      inRelease,
      signers: signers.map((key) => key.fingerprint),
    })),
    installers: installers.flatMap(({ targets, checksumList, udebIndex }) =>
      targets
        .slice(0, 1)
        .map(({ suite, arch, build }) => ({ suite, arch, build, checksumList, udebIndex })),
    ),
  };
  return `${JSON.stringify(evidence, undefined, 2)}\n`;
}
