import { suiteFacts, type Suite } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { settle, type Settled } from '../settled.js';
import { type StoredFile } from '../store/manifest.js';
import { MAX_RELEASE_BYTES } from '../trust/clear-sign-envelope.js';
import { trustRelease, type TrustedRelease } from '../trust/release-trust.js';
import { type SyncContext } from './sync-context.js';

/** A suite's accepted InRelease, and where the store keeps it. */
export interface FetchedRelease extends TrustedRelease {
  readonly inRelease: StoredFile;
  /** `13.7`; for testing and unstable, which have no version, their alias. */
  readonly version: string;
  /** Ends when its date is remembered; a sync that does not commit waits for that, too. */
  readonly remembered: Promise<Settled<void>>;
}

/**
 * Gets and checks a suite's InRelease, and begins to remember its date: from then on none that is older
 * will be taken. Gives `undefined` for a source without one, if unsigned files are accepted.
 *
 * @throws NetbootError `ERR_NETBOOT_UNSIGNED` if they are not; see also {@link trustRelease}
 */
export async function fetchRelease(
  context: SyncContext,
  suite: Suite,
): Promise<FetchedRelease | undefined> {
  const { update, session, policy, onEvent } = context;
  update.signal.throwIfAborted();
  const lastSeen = (await update.freshness())[suite];
  const accepted = await session.release(suite, async (content) => {
    const trusted = await trustRelease(suite, content, policy, lastSeen);
    const expected = { label: `${suite} InRelease`, maxSize: MAX_RELEASE_BYTES };
    return { ...trusted, inRelease: await update.add([content], expected) };
  });
  if (accepted === undefined) {
    if (policy.acceptUnsigned) return undefined;
    throw new NetbootError(
      'ERR_NETBOOT_UNSIGNED',
      `nothing vouches for the files of ${suite}: there is no InRelease`,
      { hint: 'put the InRelease and SHA256SUMS of the same build beside the files' },
    );
  }
  const { date, version = aliasOf(suite) } = accepted.release;
  onEvent({
    type: 'releaseVerified',
    suite,
    version,
    date: date.toISOString(),
    signers: accepted.signers.map((key) => key.fingerprint),
  });
  const isNewer = lastSeen === undefined || lastSeen < date;
  const remembered = settle(
    isNewer ? update.recordFreshness({ [suite]: date }) : Promise.resolve(),
  );
  return { ...accepted, version, remembered };
}

function aliasOf(suite: Suite): string {
  return suiteFacts(suite).release === undefined ? 'unstable' : 'testing';
}
