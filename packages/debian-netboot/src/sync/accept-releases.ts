import { releaseVersion } from '../archive/release-file.js';
import { type ImageSelection } from '../catalog/selection.js';
import { type Suite, suiteFacts } from '../catalog/suite.js';
import { isOwnFailure, NetbootError } from '../errors.js';
import { allDone } from '../settled.js';
import { type SuiteView } from '../source/image-source.js';
import { type FreshnessRecord } from '../store/freshness-record.js';
import { type StoredFile } from '../store/manifest.js';
import { MAX_RELEASE_BYTES } from '../trust/clear-sign-envelope.js';
import { type TrustedRelease, trustRelease } from '../trust/release-trust.js';
import { type SyncContext } from './sync-context.js';

/** Parts of a suite that are still needed, and the places that have not been tried yet. */
export interface SuiteRequest {
  readonly suite: Suite;
  readonly selections: readonly ImageSelection[];
  /** Daily builds whose modules come from the suite. */
  readonly dailies: readonly ImageSelection[];
  readonly views: readonly SuiteView[];
  /**
   * Date of the newest InRelease of the suite that passed the checks without leading to an image, in this
   * sync or an earlier one.
   */
  readonly seen: Date | undefined;
}

/** Accepted InRelease of a suite, with its stored file. */
export interface AcceptedRelease extends TrustedRelease {
  readonly inRelease: StoredFile;
  /** Version of the release: `13.7`; for testing and unstable, which have none, their alias. */
  readonly version: string;
  /** Place that the InRelease came from, and from which the files that it lists are requested. */
  readonly view: SuiteView;
  /** True if a newer InRelease passed the checks earlier without leading to an image. */
  readonly isOlderThanSeen: boolean;
}

/** Result of requesting a suite. */
export interface SuiteAnswer {
  /** Request with the remaining places. */
  readonly request: SuiteRequest;
  readonly outcome:
    | { readonly kind: 'accepted'; readonly release: AcceptedRelease }
    /** The source has no InRelease, and the user accepts unsigned files. */
    | { readonly kind: 'unsigned'; readonly view: SuiteView }
    | { readonly kind: 'failed'; readonly error: NetbootError };
}

/**
 * Requests and verifies every suite's InRelease concurrently. For each suite, tries one place after another
 * until an InRelease is accepted.
 *
 * @param committed - Dates of the newest committed InRelease files; an older one is refused
 */
export function acceptReleases(
  context: SyncContext,
  requests: readonly SuiteRequest[],
  { committed }: FreshnessRecord,
): Promise<readonly SuiteAnswer[]> {
  return allDone(
    requests.map((request) => acceptRelease(context, request, committed[request.suite])),
  );
}

async function acceptRelease(
  context: SyncContext,
  request: SuiteRequest,
  committed: Date | undefined,
): Promise<SuiteAnswer> {
  const failures: NetbootError[] = [];
  const views = [...request.views];
  for (let view = views.shift(); view !== undefined; view = views.shift()) {
    context.update.signal.throwIfAborted();
    try {
      const release = await releaseFrom(context, request, view, committed);
      if (release === undefined) {
        return { request: { ...request, views }, outcome: { kind: 'unsigned', view } };
      }
      const { date } = release.release;
      const seen = request.seen === undefined || request.seen < date ? date : request.seen;
      return { request: { ...request, views, seen }, outcome: { kind: 'accepted', release } };
    } catch (error) {
      if (isOwnFailure(error)) {
        throw error;
      }
      failures.push(error as NetbootError);
    }
  }
  // If one place lacks the suite and another is unreachable, the suite may still exist.
  const [first] = failures;
  const error = failures.find(({ code }) => code !== 'ERR_NETBOOT_FILE_NOT_FOUND') ?? first;
  return {
    request: { ...request, views },
    outcome: { kind: 'failed', error: error ?? nowhere(request.suite) },
  };
}

/**
 * Requests and verifies the InRelease of a suite in one place, and stores it.
 *
 * @returns `undefined` for a place without an InRelease, if unsigned files are accepted
 */
async function releaseFrom(
  { update, policy, onEvent }: SyncContext,
  { suite, seen }: SuiteRequest,
  view: SuiteView,
  committed: Date | undefined,
): Promise<AcceptedRelease | undefined> {
  const accepted = await view.release(async (content) => {
    const trusted = await trustRelease(suite, content, policy, committed);
    const expected = { label: `${suite} InRelease`, maxSize: MAX_RELEASE_BYTES };
    return { ...trusted, inRelease: await update.add([content], expected) };
  });
  if (accepted === undefined) {
    if (policy.acceptUnsigned) {
      return undefined;
    }
    throw new NetbootError(
      'ERR_NETBOOT_UNSIGNED',
      `the files of ${suite} are unsigned: InRelease is missing`,
      { hint: 'add the InRelease and SHA256SUMS of the same build next to the files' },
    );
  }
  const { date } = accepted.release;
  const version = releaseVersion(suite, accepted.release);
  onEvent({
    type: 'releaseVerified',
    suite,
    version,
    date: date.toISOString(),
    signers: accepted.signers.map((key) => key.fingerprint),
  });
  const isOlderThanSeen = seen !== undefined && date < seen;
  if (isOlderThanSeen) {
    onEvent({
      type: 'releaseOlderThanSeen',
      suite,
      date: date.toISOString(),
      seen: seen.toISOString(),
    });
  }
  return { ...accepted, version, view, isOlderThanSeen };
}

function nowhere(suite: Suite): NetbootError {
  return suiteFacts(suite).kind === 'archived'
    ? new NetbootError(
        'ERR_NETBOOT_FILE_NOT_FOUND',
        `the source does not have ${suite}, which has been archived`,
        { hint: 'use the mirror source with http://archive.debian.org/debian' },
      )
    : new NetbootError('ERR_NETBOOT_FILE_NOT_FOUND', `the source does not have ${suite}`, {
        hint: 'use another source',
      });
}
