import { archFacts } from '../catalog/arch.js';
import { type ImageSelection, type ImageTarget } from '../catalog/selection.js';
import { type Suite } from '../catalog/suite.js';
import { type NetbootError } from '../errors.js';
import { settle, type Settled, settledValue } from '../settled.js';
import { type Evidence } from '../store/evidence.js';
import { type CommitResult, type GenerationContent } from '../store/store-update.js';
import { carryOverBiosLoaders, carryOverInstaller, isArchiveFailure } from './carry-over.js';
import { fetchBiosLoaders, type FetchedBiosLoaders } from './fetch-bios-loaders.js';
import {
  fetchInstaller,
  fetchUnsignedInstaller,
  type FetchedInstaller,
} from './fetch-installer.js';
import { fetchRelease, type FetchedRelease } from './fetch-release.js';
import { type SyncContext } from './sync-context.js';

/** An image that was asked for and could not be had. */
export interface MissingImage {
  readonly target: ImageTarget;
  /** Why. */
  readonly error: NetbootError;
}

/** What one sync came to. */
export interface SyncOutcome extends CommitResult {
  /** Images that the generation does not hold. */
  readonly missing: readonly MissingImage[];
}

/**
 * Runs one sync from the first question to the commit. An image that cannot be refreshed is taken
 * over from the generation before, or else left out; if none at all can be refreshed, the sync fails.
 *
 * @param selections one for each suite and architecture, in the order of menus
 * @param whenMissing whether to leave images out, or to fail then, too
 */
export async function runSync(
  context: SyncContext,
  selections: readonly ImageSelection[],
  whenMissing: 'leaveOut' | 'fail',
): Promise<SyncOutcome> {
  const releases = new ReleaseCache(context);
  let biosLoaders: Promise<Settled<FetchedBiosLoaders | undefined>> | undefined;
  const fetchLoaders: LoaderFetch = () =>
    (biosLoaders ??= settle(newestBiosLoaders(context, releases, selections)));
  try {
    const results: SelectionResult[] = [];
    for (const selection of selections) {
      results.push(await fetchOrCarryOver(context, releases, selection, fetchLoaders));
    }
    failUnlessUseful(results, whenMissing);
    await releases.remembered();
    return await commit(context, results, fetchLoaders);
  } finally {
    // They work on the store: nothing of it may go on when the update has ended.
    await biosLoaders;
    await settle(releases.remembered());
  }
}

/**
 * Begins to look for PXELINUX, once. It is fetched and unpacked while the installers are on their way,
 * and begins as early as it can, for its way is the longest; but not before the first installer's
 * SHA256SUMS is there, which would have to wait behind the long list of packages in every queue of the
 * network.
 */
type LoaderFetch = () => Promise<Settled<FetchedBiosLoaders | undefined>>;

async function commit(
  { update, policy, onEvent }: SyncContext,
  results: readonly SelectionResult[],
  fetchLoaders: LoaderFetch,
): Promise<SyncOutcome> {
  for (const { installer, failure: error } of results) {
    if (error === undefined) continue;
    for (const target of installer.targets) onEvent({ type: 'targetCarriedOver', target, error });
  }
  const missing = results.flatMap(missingImages);
  for (const image of missing) onEvent({ type: 'targetMissing', ...image });

  const installers = results.map(({ installer }) => installer);
  const biosLoaders = settledValue(await fetchLoaders());
  const result = await update.commit(
    draftOf(installers, biosLoaders),
    evidenceOf(installers, biosLoaders),
    new Date(policy.now),
  );
  // What has come of an image that failed is not fetched again by the next sync.
  if (results.every(({ failure }) => failure === undefined)) await update.removePartials();
  const { id } = result.generation;
  switch (result.outcome) {
    case 'changed':
      onEvent({ type: 'generationCommitted', id });
      break;
    case 'unchanged':
      onEvent({ type: 'generationUnchanged', id });
      break;
    case 'held':
      onEvent({ type: 'generationHeld', id });
      break;
  }
  return { ...result, missing };
}

/** How it went with one selection. */
interface SelectionResult {
  readonly selection: ImageSelection;
  /** What there is of it now. */
  readonly installer: FetchedInstaller;
  /** Why it is not what the archive has. */
  readonly failure?: NetbootError;
}

async function fetchOrCarryOver(
  context: SyncContext,
  releases: ReleaseCache,
  selection: ImageSelection,
  fetchLoaders: LoaderFetch,
): Promise<SelectionResult> {
  try {
    const installer = await fetchSelection(context, releases, selection, fetchLoaders);
    return { selection, installer };
  } catch (error) {
    if (!isArchiveFailure(error)) throw error;
    const installer = await carryOverInstaller(context, selection);
    return { selection, installer, failure: error };
  }
}

/** What a selection asked for, and what is not there now. */
function missingImages({
  selection: { suite, arch, variants },
  installer,
  failure: error,
}: SelectionResult): readonly MissingImage[] {
  if (error === undefined) return [];
  return variants
    .filter((variant) => installer.targets.every((kept) => kept.variant !== variant))
    .map((variant) => ({ target: { suite, arch, variant }, error }));
}

/** @throws NetbootError if nothing could be refreshed, or images are missing that must not be */
function failUnlessUseful(
  results: readonly SelectionResult[],
  whenMissing: 'leaveOut' | 'fail',
): void {
  const failures = results.flatMap(({ failure }) => failure ?? []);
  const [missing] = whenMissing === 'fail' ? results.flatMap(missingImages) : [];
  const error = failures.length === results.length ? failures[0] : missing?.error;
  if (error !== undefined) throw error;
}

/**
 * Each suite's InRelease is asked for once, and checked once, in one sync. One comes after the other:
 * they are remembered in one record.
 */
class ReleaseCache {
  readonly #context: SyncContext;
  readonly #releases = new Map<Suite, Promise<FetchedRelease | undefined>>();
  /** Ends when the last one is remembered, if it was accepted. */
  #last: Promise<Settled<void>> = settle(Promise.resolve());

  constructor(context: SyncContext) {
    this.#context = context;
  }

  of(suite: Suite): Promise<FetchedRelease | undefined> {
    let release = this.#releases.get(suite);
    if (release === undefined) {
      release = this.#next(suite);
      this.#last = rememberedWith(release, this.#last);
      this.#releases.set(suite, release);
    }
    return release;
  }

  /** @throws NetbootError when one that was accepted could not be remembered */
  async remembered(): Promise<void> {
    settledValue(await this.#last);
  }

  async #next(suite: Suite): Promise<FetchedRelease | undefined> {
    settledValue(await this.#last);
    return fetchRelease(this.#context, suite);
  }
}

/** One that was not accepted leaves the outcome of those before. */
async function rememberedWith(
  release: Promise<FetchedRelease | undefined>,
  before: Promise<Settled<void>>,
): Promise<Settled<void>> {
  const settled = await settle(release);
  const fetched = 'value' in settled ? settled.value : undefined;
  return fetched?.remembered ?? before;
}

async function fetchSelection(
  context: SyncContext,
  releases: ReleaseCache,
  selection: ImageSelection,
  fetchLoaders: LoaderFetch,
): Promise<FetchedInstaller> {
  const release = await releases.of(selection.suite);
  return release === undefined
    ? fetchUnsignedInstaller(context, selection)
    : fetchInstaller(context, release, selection, () => void fetchLoaders());
}

/**
 * PXELINUX of the newest suite with an image for PCs; that of the generation before if it cannot be
 * had, or else that of the next suite; `undefined` if there is none.
 */
async function newestBiosLoaders(
  context: SyncContext,
  releases: ReleaseCache,
  selections: readonly ImageSelection[],
): Promise<FetchedBiosLoaders | undefined> {
  const withBios = selections.filter(({ arch }) => archFacts(arch).hasBios);
  const failures: NetbootError[] = [];
  for (const suite of new Set(withBios.map((selection) => selection.suite))) {
    try {
      const release = await releases.of(suite);
      const loaders = release && (await fetchBiosLoaders(context, release));
      if (loaders !== undefined) return loaders;
      const kept = await carryOverBiosLoaders(context);
      if (kept === undefined) context.onEvent({ type: 'biosLoadersMissing', suite });
      return kept;
    } catch (error) {
      if (!isArchiveFailure(error)) throw error;
      const kept = await carryOverBiosLoaders(context);
      if (kept !== undefined) {
        context.onEvent({ type: 'biosLoadersCarriedOver', error });
        return kept;
      }
      failures.push(error);
    }
  }
  if (failures[0] !== undefined) throw failures[0];
  return undefined;
}

function draftOf(
  installers: readonly FetchedInstaller[],
  biosLoaders: FetchedBiosLoaders | undefined,
): GenerationContent {
  return {
    targets: installers.flatMap(({ targets }) => targets),
    ...(biosLoaders && { biosLoaders: biosLoaders.loaders }),
    efiLoaders: installers
      .map(({ efiLoaders }) => efiLoaders)
      .filter((loaders) => loaders !== undefined),
  };
}

function evidenceOf(
  installers: readonly FetchedInstaller[],
  biosLoaders: FetchedBiosLoaders | undefined,
): Evidence {
  return {
    installers: installers
      .map(({ evidence }) => evidence)
      .filter((evidence) => evidence !== undefined),
    ...(biosLoaders && { biosLoaders: biosLoaders.evidence }),
  };
}
