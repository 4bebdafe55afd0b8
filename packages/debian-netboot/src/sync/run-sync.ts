import { archFacts } from '../catalog/arch.js';
import { type ImageSelection } from '../catalog/selection.js';
import { type Suite } from '../catalog/suite.js';
import { type NetbootError } from '../errors.js';
import { type Evidence } from '../store/evidence.js';
import { type CommitResult, type GenerationDraft } from '../store/store-update.js';
import { carryOverBiosLoaders, carryOverInstaller, isArchiveFailure } from './carry-over.js';
import { fetchBiosLoaders, type FetchedBiosLoaders } from './fetch-bios-loaders.js';
import {
  fetchInstaller,
  fetchUnsignedInstaller,
  type FetchedInstaller,
} from './fetch-installer.js';
import { fetchRelease, type FetchedRelease } from './fetch-release.js';
import { settle, type Settled, settledValue } from './settled.js';
import { type SyncContext } from './sync-context.js';

/**
 * Runs one sync from the first question to the commit. An image that cannot be refreshed is taken
 * over from the generation before; if none at all can be, the sync fails.
 *
 * @param selections one for each suite and architecture, in the order of menus
 */
export async function runSync(
  context: SyncContext,
  selections: readonly ImageSelection[],
): Promise<CommitResult> {
  const releases = new ReleaseCache(context);
  // PXELINUX is looked for, fetched and unpacked while the installers are on their way. It begins
  // first: its way is the longest.
  const biosLoaders = settle(newestBiosLoaders(context, releases, selections));
  try {
    return await fetchAndCommit(context, releases, selections, biosLoaders);
  } finally {
    // It works on the store: nothing of it may go on when the update has ended.
    await biosLoaders;
  }
}

async function fetchAndCommit(
  context: SyncContext,
  releases: ReleaseCache,
  selections: readonly ImageSelection[],
  fetchedLoaders: Promise<Settled<FetchedBiosLoaders | undefined>>,
): Promise<CommitResult> {
  const { update, policy, onEvent } = context;
  const installers: FetchedInstaller[] = [];
  const failures: NetbootError[] = [];
  for (const selection of selections) {
    const installer = await attempt(
      () => fetchSelection(context, releases, selection),
      () => carryOverInstaller(context.before, selection),
      (error, { targets }) => {
        failures.push(error);
        for (const target of targets) onEvent({ type: 'targetCarriedOver', target, error });
      },
    );
    installers.push(installer);
  }
  const [firstFailure] = failures;
  if (firstFailure !== undefined && failures.length === selections.length) throw firstFailure;

  const biosLoaders = settledValue(await fetchedLoaders);
  const result = await update.commit(
    draftOf(installers, biosLoaders),
    evidenceOf(installers, biosLoaders),
    new Date(policy.now),
  );
  await update.removePartials();
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
  return result;
}

/**
 * Each suite's InRelease is asked for once, and checked once, in one sync. One comes after the other:
 * they are remembered in one record.
 */
class ReleaseCache {
  readonly #context: SyncContext;
  readonly #releases = new Map<Suite, Promise<FetchedRelease | undefined>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: SyncContext) {
    this.#context = context;
  }

  of(suite: Suite): Promise<FetchedRelease | undefined> {
    let release = this.#releases.get(suite);
    if (release === undefined) {
      release = this.#last.then(() => fetchRelease(this.#context, suite));
      this.#last = settle(release);
      this.#releases.set(suite, release);
    }
    return release;
  }
}

async function fetchSelection(
  context: SyncContext,
  releases: ReleaseCache,
  selection: ImageSelection,
): Promise<FetchedInstaller> {
  const release = await releases.of(selection.suite);
  return release === undefined
    ? fetchUnsignedInstaller(context, selection)
    : fetchInstaller(context, release, selection);
}

/**
 * PXELINUX of the newest suite with an image for PCs; that of the generation before if it cannot be
 * had; `undefined` if there is none.
 */
async function newestBiosLoaders(
  context: SyncContext,
  releases: ReleaseCache,
  selections: readonly ImageSelection[],
): Promise<FetchedBiosLoaders | undefined> {
  const suite = selections.find(({ arch }) => archFacts(arch).hasBios)?.suite;
  if (suite === undefined) return undefined;
  const loaders = await attempt<FetchedBiosLoaders | undefined>(
    async () => {
      const release = await releases.of(suite);
      return release && fetchBiosLoaders(context, release);
    },
    () => carryOverBiosLoaders(context.before),
    (error) => {
      context.onEvent({ type: 'biosLoadersCarriedOver', error });
    },
  );
  if (loaders !== undefined) return loaders;
  const kept = carryOverBiosLoaders(context.before);
  if (kept === undefined) context.onEvent({ type: 'biosLoadersMissing', suite });
  return kept;
}

/** Does something; if the archive fails, takes what there was before, or else fails with it. */
async function attempt<T>(
  fetch: () => Promise<T>,
  carryOver: () => T | undefined,
  onCarriedOver: (error: NetbootError, kept: NonNullable<T>) => void,
): Promise<T> {
  try {
    return await fetch();
  } catch (error) {
    if (!isArchiveFailure(error)) throw error;
    const kept = carryOver();
    if (kept === undefined || kept === null) throw error;
    onCarriedOver(error, kept);
    return kept;
  }
}

function draftOf(
  installers: readonly FetchedInstaller[],
  biosLoaders: FetchedBiosLoaders | undefined,
): GenerationDraft {
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
