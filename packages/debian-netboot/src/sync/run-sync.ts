import { archFacts } from '../catalog/arch.js';
import { type ImageSelection, type ImageTarget } from '../catalog/selection.js';
import { compareSuites, DAILY_MODULE_SUITE, type Suite } from '../catalog/suite.js';
import { isOwnFailure, NetbootError } from '../errors.js';
import { allDone, Gate } from '../settled.js';
import { type FreshnessRecord, latestDates, type ReleaseDates } from '../store/freshness-record.js';
import { type CommitResult } from '../store/store-update.js';
import {
  type AcceptedRelease,
  acceptReleases,
  type SuiteAnswer,
  type SuiteRequest,
} from './accept-releases.js';
import { assembleDaily, assembleInstaller } from './assemble.js';
import { carryOverBiosLoaders, carryOverInstaller, type StoredInstaller } from './carry-over.js';
import { downloadDaily, type DownloadedDaily } from './download-daily.js';
import { type StoredEntries, storeEntries } from './download-entries.js';
import { firmwareFor, type SelectedFirmware } from './download-firmware.js';
import { type DownloadedInstaller, downloadInstaller } from './download-installer.js';
import { type DownloadedLoaders, downloadLoaders } from './download-loaders.js';
import { isDaily } from './merge-selections.js';
import { downloadModules, keptModules, type ModuleIndex, NO_MODULES } from './module-index.js';
import {
  type DownloadPlan,
  type ImpossibleInstaller,
  planDownloads,
  type PlannedInstaller,
} from './plan-downloads.js';
import { type SyncContext } from './sync-context.js';

/** Requested image that is unavailable. */
export interface MissingImage {
  readonly target: ImageTarget;
  /** Reason. */
  readonly error: NetbootError;
}

/** Result of a sync. */
export interface SyncOutcome extends CommitResult {
  /** Images that are not in the generation. */
  readonly missing: readonly MissingImage[];
}

/**
 * Runs a sync in five phases: accepts releases, plans downloads, downloads, stores extra entries, and
 * commits. If a place fails for a suite, the first three phases are repeated with the next place, starting
 * with the InRelease there. Finally, an image that could not be refreshed is carried over from the previous
 * generation, or left out; the sync fails if no image could be refreshed.
 *
 * @param selections - one per suite and architecture, in menu order
 * @param whenMissing - treatment of missing images: leave them out, or fail
 */
export async function runSync(
  context: SyncContext,
  selections: readonly ImageSelection[],
  whenMissing: 'leaveOut' | 'fail',
): Promise<SyncOutcome> {
  const { update } = context;
  const freshness = await update.freshness();
  const results = new Map<ImageSelection, InstallerResult>();
  let loaders: DownloadedLoaders = {};
  let answers: readonly SuiteAnswer[] = [];
  let requests = firstRequests(context, selections, freshness);
  let inOrder: readonly InstallerResult[];
  let ownEntries: StoredEntries;
  let outcome: SyncOutcome;
  try {
    while (requests.length > 0) {
      answers = [...answers, ...(await acceptReleases(context, requests, freshness))];
      const asked = answers.slice(-requests.length);
      const plan = planDownloads(asked, context.before?.evidence);
      const downloads = await download(context, plan, loaders);
      loaders = downloads.loaders;
      for (const result of downloads.installers) {
        keepBetter(results, result);
      }
      requests = furtherRequests(context, asked, results);
    }
    inOrder = selections.flatMap((selection) => results.get(selection) ?? []);
    ownEntries = await storeEntries(context, acceptedReleases(answers));
    outcome = await assembleAndCommit(context, inOrder, loaders, ownEntries, whenMissing);
  } catch (error) {
    // The Dates are recorded although this sync failed: if the next one accepts older releases, it reports
    // that.
    if (!isOwnFailure(error)) {
      await followUp(context, () => update.recordFreshness({ seen: seenDates(answers) }));
      await followUp(context, () => removeLeftovers(context, answers));
    }
    throw error;
  }
  const hasFailures = ownEntries.hasFailures || inOrder.some((result) => !result.outcome.ok);
  // Partial downloads of failed images and entries are kept for the next sync.
  await followUp(context, () =>
    hasFailures ? removeLeftovers(context, answers) : update.removePartials(),
  );
  await followUp(context, () =>
    update.recordFreshness({ committed: committedDates(inOrder), seen: seenDates(answers) }),
  );
  return outcome;
}

/**
 * Runs a step after the result of the sync is known. A failure of the step is only reported: it neither
 * undoes a success nor hides the first error, and the next sync repeats the step.
 */
async function followUp({ onEvent }: SyncContext, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof NetbootError)) {
      throw error;
    }
    onEvent({ type: 'followUpFailed', error });
  }
}

/**
 * Removes leftovers of earlier failed syncs: a suite that fails repeatedly must not fill the disk. Keeps the
 * files of this sync for the next attempt, and keeps everything if the files of some suite are unknown.
 */
async function removeLeftovers(
  { update, onEvent }: SyncContext,
  answers: readonly SuiteAnswer[],
): Promise<void> {
  const isKnown = ({ request: { suite } }: SuiteAnswer): boolean =>
    answers.some(({ request, outcome }) => request.suite === suite && outcome.kind === 'accepted');
  if (answers.length === 0 || !answers.every(isKnown)) {
    return;
  }
  const { files, bytes } = await update.removeUnused();
  if (files > 0) {
    onEvent({ type: 'leftoversRemoved', files, bytes });
  }
}

/** Result for one selection. */
interface InstallerResult {
  readonly selection: ImageSelection;
  /** Accepted release, if any. */
  readonly release: AcceptedRelease | undefined;
  readonly modules: ModuleIndex | undefined;
  readonly firmware: SelectedFirmware;
  readonly outcome:
    | { readonly ok: true; readonly installer: DownloadedInstaller | DownloadedDaily }
    | { readonly ok: false; readonly error: NetbootError };
}

/** Returns the suites to request. */
export function suitesToAsk(selections: readonly ImageSelection[]): readonly Suite[] {
  return [...new Set(selections.map(suiteOfPackages))].sort(compareSuites);
}

/**
 * Returns the suite that a selection's modules and firmware come from: for daily builds, always the same one.
 */
export function suiteOfPackages(selection: ImageSelection): Suite {
  return isDaily(selection) ? DAILY_MODULE_SUITE : selection.suite;
}

/** Returns a request for every suite, with the places to try. */
function firstRequests(
  { session }: SyncContext,
  selections: readonly ImageSelection[],
  { committed, seen }: FreshnessRecord,
): readonly SuiteRequest[] {
  return suitesToAsk(selections).map((suite) => {
    // Views by alias are a last resort, for a suite that was seen but never synced.
    const isHopeless = committed[suite] === undefined && seen[suite] !== undefined;
    return {
      suite,
      selections: selections.filter(
        (selection) => selection.suite === suite && !isDaily(selection),
      ),
      dailies: suite === DAILY_MODULE_SUITE ? selections.filter(isDaily) : [],
      views: session.views(suite).filter(({ isAlias }) => isHopeless || !isAlias),
      seen: seen[suite],
    };
  });
}

/**
 * Returns a request for each suite with failed installers and another place to try, and reports each with
 * `suiteTriedElsewhere`.
 */
function furtherRequests(
  { onEvent }: SyncContext,
  answers: readonly SuiteAnswer[],
  results: ReadonlyMap<ImageSelection, InstallerResult>,
): readonly SuiteRequest[] {
  return answers.flatMap(({ request }) => {
    const failed = request.selections.flatMap((selection) => {
      const outcome = results.get(selection)?.outcome;
      return outcome?.ok === false ? [{ selection, error: outcome.error }] : [];
    });
    const [next] = request.views;
    const [first] = failed;
    if (next === undefined || first === undefined) {
      return [];
    }
    const { suite } = request;
    onEvent({ type: 'suiteTriedElsewhere', suite, to: next.name, error: first.error });
    return [{ ...request, dailies: [], selections: failed.map(({ selection }) => selection) }];
  });
}

/** Result of one round of downloads. */
interface Downloads {
  readonly installers: readonly InstallerResult[];
  readonly loaders: DownloadedLoaders;
}

/**
 * Runs the planned downloads: installers one after another, each with several concurrent downloads, and
 * PXELINUX alongside. PXELINUX takes longest, so it starts early, but only after the first installer's list has
 * arrived; otherwise that list would have to wait for the long Packages index.
 */
async function download(
  context: SyncContext,
  plan: DownloadPlan,
  known: DownloadedLoaders,
): Promise<Downloads> {
  const firstList = new Gate();
  const [installers, loaders] = await allDone([
    downloadInstallers(context, plan, firstList),
    firstList.opened.then(() =>
      known.loaders === undefined && plan.loaders.length > 0
        ? downloadLoaders(context, plan.loaders)
        : known,
    ),
  ]);
  return { installers, loaders };
}

async function downloadInstallers(
  context: SyncContext,
  { installers, impossible }: DownloadPlan,
  firstList: Gate,
): Promise<InstallerResult[]> {
  const results: InstallerResult[] = [];
  try {
    for (const planned of installers) {
      results.push(await downloadWithModules(context, planned, firstList));
    }
    for (const { selection, release, error } of impossible) {
      const modules = await modulesFor(context, { selection, release });
      const firmware = await firmwareFor(context, selection, release);
      results.push({ selection, release, modules, firmware, outcome: { ok: false, error } });
    }
    return results;
  } finally {
    firstList.open();
  }
}

/** Downloads an installer and, once its list of files has arrived, its firmware and the index of its modules. */
async function downloadWithModules(
  context: SyncContext,
  planned: PlannedInstaller,
  firstList: Gate,
): Promise<InstallerResult> {
  const { selection } = planned;
  const release = planned.kind === 'signed' ? planned.release : undefined;
  const moduleRelease = planned.kind === 'daily' ? planned.moduleRelease : release;
  const list = new Gate();
  const onListed = (): void => {
    firstList.open();
    list.open();
  };
  const downloading =
    planned.kind === 'daily'
      ? downloadDaily(context, planned, onListed)
      : downloadInstaller(context, planned, onListed);
  const [outcome, modules, firmware] = await allDone([
    downloading
      .then(
        (installer) => ({ ok: true, installer }) as const,
        (error: unknown) => {
          if (isOwnFailure(error)) {
            throw error;
          }
          return { ok: false, error: error as NetbootError } as const;
        },
      )
      .finally(() => {
        list.open();
      }),
    list.opened.then(() => modulesFor(context, { selection, release: moduleRelease })),
    list.opened.then(() => firmwareFor(context, selection, moduleRelease)),
  ]);
  return { selection, release, modules, firmware, outcome };
}

/** Returns the newest accepted module index for a selection. */
async function modulesFor(
  context: SyncContext,
  { selection, release }: Pick<ImpossibleInstaller, 'selection' | 'release'>,
): Promise<ModuleIndex> {
  const { suite, arch } = selection;
  if (release !== undefined) {
    return downloadModules(context, release, arch);
  }
  const { installers = [], daily = [] } = context.before?.evidence ?? {};
  const kept = (isDaily(selection) ? daily : installers).find(
    (installer) => installer.suite === suite && installer.arch === arch,
  );
  return keptModules(context, kept?.modules);
}

/** Records a result. A success replaces a failure; a later failure never replaces anything. */
function keepBetter(results: Map<ImageSelection, InstallerResult>, result: InstallerResult): void {
  if (result.outcome.ok || !results.has(result.selection)) {
    results.set(result.selection, result);
  }
}

async function assembleAndCommit(
  context: SyncContext,
  results: readonly InstallerResult[],
  downloaded: DownloadedLoaders,
  ownEntries: StoredEntries,
  whenMissing: 'leaveOut' | 'fail',
): Promise<SyncOutcome> {
  const { update, policy, onEvent } = context;
  const assembled: AssembledResult[] = [];
  for (const result of results) {
    assembled.push(await assemble(context, result));
  }
  const missing = assembled.flatMap(missingImages);
  const lacking = missing[0]?.error ?? results.flatMap(({ firmware }) => firmware.failure ?? [])[0];
  failUnlessUseful(results, whenMissing === 'fail' ? lacking : undefined);

  const loaders = downloaded.loaders ?? (await carryOverBiosLoaders(context));
  reportLoaders(context, results, downloaded, loaders !== undefined);
  if (loaders === undefined && downloaded.failure !== undefined && whenMissing === 'fail') {
    throw downloaded.failure;
  }
  reportImages(context, assembled, missing);

  const installers = assembled.map(({ installer }) => installer);
  const daily = installers.flatMap(({ tlsEvidence }) => tlsEvidence ?? []);
  const result = await update.commit(
    {
      targets: installers.flatMap(({ targets }) => targets),
      ...(loaders && { biosLoaders: loaders.loaders }),
      efiLoaders: installers.flatMap(({ efiLoaders }) => efiLoaders ?? []),
      ...(ownEntries.entries.length > 0 && { entries: ownEntries.entries }),
    },
    {
      installers: installers.flatMap(({ evidence }) => evidence ?? []),
      ...(daily.length > 0 && { daily }),
      ...(loaders && { biosLoaders: loaders.evidence }),
      ...(ownEntries.evidence.length > 0 && { entries: ownEntries.evidence }),
    },
    new Date(policy.now),
  );
  const { id } = result.generation;
  switch (result.outcome) {
    case 'changed':
      onEvent({ type: 'generationCommitted', id });
      break;
    case 'unchanged':
      onEvent({ type: 'generationUnchanged', id });
      break;
    case 'rejected':
      onEvent({ type: 'generationRejected', id });
      break;
  }
  return { ...result, missing };
}

/** Content of the new generation for a selection. */
interface AssembledResult extends InstallerResult {
  readonly installer: StoredInstaller;
}

async function assemble(context: SyncContext, result: InstallerResult): Promise<AssembledResult> {
  const { selection, release, outcome, modules = NO_MODULES } = result;
  const { proven } = result.firmware;
  if (!outcome.ok) {
    const installer = await carryOverInstaller(context, selection, modules, proven);
    return { ...result, installer };
  }
  const installer =
    'evidence' in outcome.installer
      ? await assembleDaily(context, selection, outcome.installer, modules, proven)
      : await assembleInstaller(context, selection, outcome.installer, release, modules, proven);
  return { ...result, installer };
}

/** Returns the requested images that are missing from the generation. */
function missingImages({
  selection: { suite, arch, variants },
  installer,
  outcome,
}: AssembledResult): readonly MissingImage[] {
  if (outcome.ok) {
    return [];
  }
  return variants
    .filter((variant) => installer.targets.every((kept) => kept.variant !== variant))
    .map((variant) => ({ target: { suite, arch, variant }, error: outcome.error }));
}

/**
 * Checks that the sync has refreshed an image.
 *
 * @param missing - failure of an image that must not be missing
 * @throws {@link NetbootError} if no image could be refreshed, or `missing` is set
 */
function failUnlessUseful(
  results: readonly InstallerResult[],
  missing: NetbootError | undefined,
): void {
  const failures = results.flatMap(({ outcome }) => (outcome.ok ? [] : [outcome.error]));
  const error = failures.length === results.length ? failures[0] : missing;
  if (error !== undefined) {
    throw error;
  }
}

function reportLoaders(
  { onEvent }: SyncContext,
  results: readonly InstallerResult[],
  { loaders, failure }: DownloadedLoaders,
  isKept: boolean,
): void {
  const suite = results.find(({ selection }) => archFacts(selection.arch).hasBios)?.selection.suite;
  if (loaders !== undefined || suite === undefined) {
    return;
  }
  if (!isKept) {
    onEvent({ type: 'biosLoadersMissing', suite, ...(failure && { error: failure }) });
  } else if (failure !== undefined) {
    onEvent({ type: 'biosLoadersCarriedOver', error: failure });
  }
}

function reportImages(
  { onEvent }: SyncContext,
  assembled: readonly AssembledResult[],
  missing: readonly MissingImage[],
): void {
  for (const { installer, outcome } of assembled) {
    for (const target of installer.targets) {
      if (!outcome.ok) {
        onEvent({ type: 'targetCarriedOver', target, error: outcome.error });
      }
      const { abi, kernelVersion, unsigned } = target;
      if (abi === 'ok' || unsigned === true) {
        continue;
      }
      onEvent({ type: 'modulesDoubtful', target, abi, kernelVersion });
    }
  }
  for (const image of missing) {
    onEvent({ type: 'targetMissing', ...image });
  }
}

function committedDates(results: readonly InstallerResult[]): ReleaseDates {
  return newestOf(
    results.flatMap(({ outcome, release }) =>
      outcome.ok && release !== undefined ? [release] : [],
    ),
  );
}

/** Returns the last accepted release of each suite. */
function acceptedReleases(answers: readonly SuiteAnswer[]): readonly AcceptedRelease[] {
  const releases = answers.flatMap(({ outcome }) =>
    outcome.kind === 'accepted' ? [outcome.release] : [],
  );
  return [...new Map(releases.map((release) => [release.suite, release])).values()];
}

function seenDates(answers: readonly SuiteAnswer[]): ReleaseDates {
  return newestOf(
    answers.flatMap(({ outcome }) => (outcome.kind === 'accepted' ? [outcome.release] : [])),
  );
}

function newestOf(releases: readonly AcceptedRelease[]): ReleaseDates {
  return latestDates(...releases.map(({ suite, release }) => ({ [suite]: release.date })));
}
