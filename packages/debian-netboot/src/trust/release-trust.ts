import { parseReleaseFile, type ReleaseFile } from '../archive/release-file.js';
import { type Suite, suiteFacts } from '../catalog/suite.js';
import { expectValue, NetbootError } from '../errors.js';
import { type Keyring } from './keyring.js';
import { CLOCK_TOLERANCE_MS } from './signature-policy.js';
import { type TrustedKey } from './trusted-key.js';

/** Requirements for an InRelease. */
export interface ReleasePolicy {
  readonly keyring: Keyring;
  /** True to refuse a released or archived suite without a signature by a release key. */
  readonly requireReleaseKey: boolean;
  /** True to accept an InRelease after its Valid-Until; a mirror can then withhold updates forever. */
  readonly acceptExpiredRelease: boolean;
  /** Current time, in milliseconds since 1970. */
  readonly now: number;
}

/** InRelease that passed every check. */
export interface TrustedRelease {
  readonly suite: Suite;
  readonly release: ReleaseFile;
  readonly signers: readonly TrustedKey[];
}

/**
 * Verifies an InRelease: its signatures, that it is for the requested suite, and that it is neither older
 * than the last committed one, nor expired, nor from the future.
 *
 * @param content - the unmodified bytes of the file
 * @param lastSeen - Date of the newest InRelease of this suite that was committed
 * @throws {@link NetbootError} with a different code for each reason
 */
export async function trustRelease(
  suite: Suite,
  content: Uint8Array,
  policy: ReleasePolicy,
  lastSeen: Date | undefined,
): Promise<TrustedRelease> {
  // Programs that verify nothing start faster without OpenPGP.js.
  const { verifyClearSigned } = await import('./clear-signed.js');
  const { text, signers } = await verifyClearSigned(content, policy.keyring, policy.now, suite);
  const release = expectValue(parseReleaseFile(text));
  checkIdentity(suite, release, signers);
  if (policy.requireReleaseKey) {
    checkReleaseKey(suite, signers);
  }
  checkFreshness(suite, release, policy, lastSeen);
  return { suite, release, signers };
}

function checkIdentity(suite: Suite, release: ReleaseFile, signers: readonly TrustedKey[]): void {
  if (release.codename !== suite) {
    throw new NetbootError(
      'ERR_NETBOOT_WRONG_SUITE',
      `expected the InRelease of ${suite}, got that of ${release.codename || 'no suite'}`,
      { hint: 'use another mirror; this one mixes up its suites' },
    );
  }
  // A message signed only by Debian's keys must be Debian's own; a custom key may sign anything.
  const isDebians = signers.every((key) => key.role !== 'own');
  if (isDebians && release.origin !== 'Debian') {
    throw new NetbootError(
      'ERR_NETBOOT_WRONG_SUITE',
      `the InRelease of ${suite}: expected origin "Debian", got ${JSON.stringify(release.origin)}`,
      { hint: 'use a mirror of Debian' },
    );
  }
}

function checkReleaseKey(suite: Suite, signers: readonly TrustedKey[]): void {
  if (suiteFacts(suite).kind === 'rolling' || signers.some((key) => key.role === 'release')) {
    return;
  }
  throw new NetbootError(
    'ERR_NETBOOT_UNTRUSTED_SIGNATURE',
    `the InRelease of ${suite} is not signed by a Debian release key`,
    { hint: 'use another mirror, or do not require the release key' },
  );
}

function checkFreshness(
  suite: Suite,
  release: ReleaseFile,
  policy: ReleasePolicy,
  lastSeen: Date | undefined,
): void {
  const { date, validUntil } = release;
  if (date.getTime() > policy.now + CLOCK_TOLERANCE_MS) {
    throw new NetbootError(
      'ERR_NETBOOT_RELEASE_FROM_FUTURE',
      `the InRelease of ${suite} is dated ${date.toISOString()}, later than this machine's clock (${new Date(policy.now).toISOString()})`,
      { hint: "set this machine's clock" },
    );
  }
  if (lastSeen !== undefined && date < lastSeen) {
    throw new NetbootError(
      'ERR_NETBOOT_RELEASE_WENT_BACK',
      `the InRelease of ${suite} is dated ${date.toISOString()}, older than the last accepted one of ${lastSeen.toISOString()}`,
      { hint: 'use another mirror; this one is out of date, or replays an old state' },
    );
  }
  if (
    validUntil !== undefined &&
    validUntil.getTime() < policy.now &&
    !policy.acceptExpiredRelease &&
    // An archived suite never changes, so it cannot be out of date.
    suiteFacts(suite).kind !== 'archived'
  ) {
    throw new NetbootError(
      'ERR_NETBOOT_RELEASE_EXPIRED',
      `the InRelease of ${suite} was valid until ${validUntil.toISOString()}`,
      {
        hint: "use another mirror, or set this machine's clock; accept expired releases only if you must",
      },
    );
  }
}
