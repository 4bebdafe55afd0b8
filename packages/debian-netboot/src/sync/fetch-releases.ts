import { suiteFacts, type Suite } from '../catalog/suite.js';
import { type StoredFile } from '../store/manifest.js';
import { trustRelease, type TrustedRelease } from '../trust/release-trust.js';
import { type SyncContext } from './sync-context.js';

/** A suite's accepted InRelease, and where the store keeps it. */
export interface FetchedRelease extends TrustedRelease {
  readonly inRelease: StoredFile;
  /** `13.7`; for testing and unstable, which have no version, their alias. */
  readonly version: string;
}

/** The longest InRelease that is read; Debian's are below 200 kB. */
const MAX_RELEASE_BYTES = 16 * 1024 * 1024;

/**
 * Gets and checks the InRelease of every suite, and remembers their dates: from now on none that is
 * older will be taken.
 */
export async function fetchReleases(
  context: SyncContext,
  suites: readonly Suite[],
): Promise<ReadonlyMap<Suite, FetchedRelease>> {
  const { update, session, policy, signal, onEvent } = context;
  const seen = await update.freshness();
  const releases = new Map<Suite, FetchedRelease>();
  for (const suite of suites) {
    signal.throwIfAborted();
    const content = await session.release(suite);
    const trusted = await trustRelease(suite, content, policy, seen[suite]);
    const inRelease = await update.add([content], {
      label: `${suite} InRelease`,
      maxSize: MAX_RELEASE_BYTES,
    });
    const version = trusted.release.version ?? aliasOf(suite);
    releases.set(suite, { ...trusted, inRelease, version });
    onEvent({
      type: 'releaseVerified',
      suite,
      version,
      date: trusted.release.date.toISOString(),
      signers: trusted.signers.map((key) => key.fingerprint),
    });
  }
  await update.recordFreshness(
    Object.fromEntries([...releases].map(([suite, { release }]) => [suite, release.date])),
  );
  return releases;
}

function aliasOf(suite: Suite): string {
  return suiteFacts(suite).release === undefined ? 'unstable' : 'testing';
}
