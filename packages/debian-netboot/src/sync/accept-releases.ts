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

/** What a sync lacks of one suite, and the places where it has not looked yet. */
export interface SuiteRequest {
  readonly suite: Suite;
  readonly selections: readonly ImageSelection[];
  /** Daily builds whose modules come from the suite. */
  readonly dailies: readonly ImageSelection[];
  readonly views: readonly SuiteView[];
  /** Date of the newest InRelease of the suite that passed the checks, in this sync or before. */
  readonly seen: Date | undefined;
}

/** A suite's accepted InRelease, and where the store keeps it. */
export interface AcceptedRelease extends TrustedRelease {
  readonly inRelease: StoredFile;
  /** `13.7`; for testing and unstable, which have no version, their alias. */
  readonly version: string;
  /** Where it was found, and where what it lists is looked for. */
  readonly view: SuiteView;
  /** Whether a newer one has been seen, of which nothing could be had. */
  readonly isOlderThanSeen: boolean;
}

/** What came of asking for a suite. */
export interface SuiteAnswer {
  /** The request with the places that are left. */
  readonly request: SuiteRequest;
  readonly outcome:
    | { readonly kind: 'accepted'; readonly release: AcceptedRelease }
    /** The source has no InRelease, and someone has said that it will do without. */
    | { readonly kind: 'unsigned'; readonly view: SuiteView }
    | { readonly kind: 'failed'; readonly error: NetbootError };
}

/**
 * Asks for every suite's InRelease at once, and checks it: each suite is looked for in one place after
 * the other, until one has an InRelease that is accepted.
 *
 * @param committed - the Dates below which none is accepted
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
  // A suite that one place does not have, and another could not be asked for, may still be there.
  const [first] = failures;
  const error = failures.find(({ code }) => code !== 'ERR_NETBOOT_FILE_NOT_FOUND') ?? first;
  return {
    request: { ...request, views },
    outcome: { kind: 'failed', error: error ?? nowhere(request.suite) },
  };
}

/** @returns `undefined` for a place without an InRelease, if unsigned files are accepted */
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
      `nothing vouches for the files of ${suite}: there is no InRelease`,
      { hint: 'put the InRelease and SHA256SUMS of the same build beside the files' },
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
        `the source has no ${suite}: it is archived, and has left the mirrors`,
        { hint: 'use the mirror source with http://archive.debian.org/debian' },
      )
    : new NetbootError('ERR_NETBOOT_FILE_NOT_FOUND', `the source has no ${suite}`, {
        hint: 'use another source',
      });
}
