import { parseReleaseFile, type ReleaseFile } from '../archive/release-file.js';
import { type Suite, suiteFacts } from '../catalog/suite.js';
import { expectValue, NetbootError } from '../errors.js';
import { verifyClearSigned } from './clear-signed.js';
import { type Keyring } from './keyring.js';
import { CLOCK_TOLERANCE_MS } from './signature-flaw.js';
import { type TrustedKey } from './trusted-key.js';

/** What makes an InRelease acceptable. */
export interface ReleasePolicy {
  readonly keyring: Keyring;
  /** Refuse a released suite that none of Debian's off-line release keys has signed. */
  readonly requireReleaseKey: boolean;
  /** Take an InRelease after its Valid-Until: a mirror may then withhold updates for ever. */
  readonly acceptExpiredRelease: boolean;
  /** The time, in milliseconds since 1970. */
  readonly now: number;
}

/** An InRelease that passed every check. */
export interface TrustedRelease {
  readonly suite: Suite;
  readonly release: ReleaseFile;
  readonly signers: readonly TrustedKey[];
}

/**
 * Checks an InRelease: its signatures, that it is the suite that was asked for, and that it is not
 * older than the one seen before.
 *
 * @param content - the file's bytes, as they came
 * @param lastSeen - the Date of the newest InRelease of this suite that was ever accepted
 * @throws NetbootError with a code of its own for each reason
 */
export async function trustRelease(
  suite: Suite,
  content: Uint8Array,
  policy: ReleasePolicy,
  lastSeen: Date | undefined,
): Promise<TrustedRelease> {
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
      `asked for ${suite}, and got a valid InRelease of ${release.codename || 'no suite'}`,
      { hint: 'the mirror mixes up its suites: use another one' },
    );
  }
  // What only Debian's keys have signed is Debian's; a key of one's own may sign anything.
  const isDebians = signers.every((key) => key.role !== 'own');
  if (isDebians && release.origin !== 'Debian') {
    throw new NetbootError(
      'ERR_NETBOOT_WRONG_SUITE',
      `the InRelease of ${suite} is of origin ${JSON.stringify(release.origin)}, not Debian`,
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
      `the InRelease of ${suite} was made at ${date.toISOString()}, later than this machine's clock (${new Date(policy.now).toISOString()})`,
      { hint: "set this machine's clock" },
    );
  }
  if (lastSeen !== undefined && date < lastSeen) {
    throw new NetbootError(
      'ERR_NETBOOT_RELEASE_WENT_BACK',
      `the InRelease of ${suite} is of ${date.toISOString()}, older than the one of ${lastSeen.toISOString()} seen before`,
      { hint: 'the mirror is behind, or someone replays an old state: use another mirror' },
    );
  }
  if (
    validUntil !== undefined &&
    validUntil.getTime() < policy.now &&
    !policy.acceptExpiredRelease &&
    // What never changes again is not out of date.
    suiteFacts(suite).kind !== 'archived'
  ) {
    throw new NetbootError(
      'ERR_NETBOOT_RELEASE_EXPIRED',
      `the InRelease of ${suite} was valid until ${validUntil.toISOString()}`,
      {
        hint: "the mirror is out of date, or this machine's clock is wrong: use another mirror, or accept expired releases if you must",
      },
    );
  }
}
