import { enums, readSignature, type Signature, type SignaturePacket } from 'openpgp';

import { type Suite } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { openEnvelope } from './clear-sign-envelope.js';
import { type Keyring } from './keyring.js';
import { primaryFingerprint, publicKeysOf } from './public-keys.js';
import { findSignatureFlaw, type SignatureFlaw } from './signature-flaw.js';
import { type TrustedKey } from './trusted-key.js';

/** Text of a clear-signed message with valid signatures. */
export interface VerifiedText {
  /** Signed text, without anything around it. */
  readonly text: string;
  /** Keys with a valid signature on the text; at least one. */
  readonly signers: readonly TrustedKey[];
}

/**
 * Checks a clear-signed message (RFC 9580 §7) such as InRelease. The message needs at least one valid
 * signature by a key of the keyring; it is refused if a signature by such a key does not match its content.
 * As in apt, signatures made by other keys, by expired, revoked or weak keys, or with weak digests do not
 * count; they are reported if no other signature counts ({@link findSignatureFlaw}). A signature of another
 * type, such as a certification of a key, is refused.
 *
 * The size of the message is limited before OpenPGP sees it ({@link openEnvelope}), and its signatures are
 * verified one after another, so a hostile message costs about as much as one of Debian's.
 *
 * @param now - current time, in milliseconds since 1970
 * @param suite - suite that the InRelease is for; the keys of an archived suite count for that suite only
 * @throws {@link NetbootError} `ERR_NETBOOT_BAD_SIGNATURE`, `ERR_NETBOOT_UNTRUSTED_SIGNATURE`,
 *   `ERR_NETBOOT_KEY_EXPIRED`, `ERR_NETBOOT_KEY_REVOKED`, `ERR_NETBOOT_KEY_WEAK`,
 *   `ERR_NETBOOT_DIGEST_WEAK` or `ERR_NETBOOT_RELEASE_FROM_FUTURE`
 */
export async function verifyClearSigned(
  content: Uint8Array,
  keyring: Keyring,
  now: number,
  suite?: Suite,
): Promise<VerifiedText> {
  const { text, signatures, digests } = openEnvelope(content);
  const publicKeys = await publicKeysOf(keyring);
  const signers = new Map<string, TrustedKey>();
  const uncounted: UncountedSignature[] = [];
  for (const bytes of signatures) {
    const signature = await parseSignature(bytes);
    // A packet of an unknown version has no issuer.
    const packet: Partial<SignaturePacket> | undefined = signature.packets[0];
    if (!isComplete(packet)) {
      continue;
    }
    expectOnMessage(packet);
    const { issuerKeyID } = packet;
    const signer = publicKeys.find((key) => key.getKeys(issuerKeyID).length > 0);
    const fingerprint = signer && primaryFingerprint(signer);
    const trusted = keyring.keys.find((key) => key.fingerprint === fingerprint);
    if (signer === undefined || trusted === undefined || !countsFor(trusted, suite)) {
      uncounted.push({ key: issuerKeyID.toHex().toUpperCase(), flaw: { kind: 'unknown' } });
      continue;
    }
    const isArchived = trusted.archivedSuite !== undefined;
    const flaw =
      (await findSignatureFlaw({ text, signature, packet, signer, isArchived }, now)) ??
      announcedFlaw(packet, digests);
    if (flaw === undefined) {
      signers.set(trusted.fingerprint, trusted);
    } else if (flaw.kind === 'mismatch') {
      throw changed(trusted.fingerprint, flaw.cause);
    } else {
      uncounted.push({ key: trusted.fingerprint, flaw });
    }
  }
  if (signers.size === 0) {
    throw noSigner(uncounted, now);
  }
  return { text, signers: [...signers.values()] };
}

/**
 * Returns true if a key vouches for a suite: a key that has left Debian's keyring vouches only for its own
 * archived suite.
 */
function countsFor({ archivedSuite }: TrustedKey, suite: Suite | undefined): boolean {
  return archivedSuite === undefined || archivedSuite === suite;
}

function isComplete(packet: Partial<SignaturePacket> | undefined): packet is SignaturePacket {
  return packet?.issuerKeyID !== undefined && Boolean(packet.created);
}

/** Types of signatures on a message: binary and text (RFC 9580 §5.2.1). */
const MESSAGE_SIGNATURES: ReadonlySet<enums.signature | null> = new Set([
  enums.signature.binary,
  enums.signature.text,
]);

/**
 * Refuses a signature that was not made on a message. Certifications of keys are public, and anyone can
 * append one to any text.
 */
function expectOnMessage({ signatureType }: SignaturePacket): void {
  if (MESSAGE_SIGNATURES.has(signatureType)) {
    return;
  }
  const type = (signatureType ?? 0).toString(16).padStart(2, '0');
  throw new NetbootError(
    'ERR_NETBOOT_BAD_SIGNATURE',
    `a signature of type 0x${type}: expected 0x00 or 0x01, a signature on a message`,
    { hint: 'use another mirror; this one presents the file as signed, and it is not' },
  );
}

/**
 * Returns the flaw of a signature whose digest is not among those that the message announces: it was made
 * for another message. `undefined` if the digest is announced, or the message announces none.
 */
function announcedFlaw(
  { hashAlgorithm }: SignaturePacket,
  digests: ReadonlySet<string>,
): SignatureFlaw | undefined {
  const digest = hashAlgorithm && enums.read(enums.hash, hashAlgorithm).toUpperCase();
  if (digests.size === 0 || (digest && digests.has(digest))) {
    return undefined;
  }
  return { kind: 'mismatch', cause: new Error(`expected digest ${[...digests].join(', ')}`) };
}

/** Signature that does not count, with the reason. */
interface UncountedSignature {
  /** Fingerprint of the signing key, or the id of an unknown one. */
  readonly key: string;
  readonly flaw: SignatureFlaw | { readonly kind: 'unknown' };
}

async function parseSignature(packet: Uint8Array): Promise<Signature> {
  try {
    return await readSignature({ binarySignature: packet });
  } catch (cause) {
    throw new NetbootError('ERR_NETBOOT_BAD_SIGNATURE', 'its signature cannot be read', {
      hint: 'check the URL; a mirror serves a signed InRelease',
      cause,
    });
  }
}

/** Flaws in the order of their priority: the first one that applies is reported. */
const REPORTED = ['revoked', 'expired', 'weakKey', 'weakDigest', 'future', 'unusable'] as const;

const CODES = {
  revoked: 'ERR_NETBOOT_KEY_REVOKED',
  expired: 'ERR_NETBOOT_KEY_EXPIRED',
  weakKey: 'ERR_NETBOOT_KEY_WEAK',
  weakDigest: 'ERR_NETBOOT_DIGEST_WEAK',
  future: 'ERR_NETBOOT_RELEASE_FROM_FUTURE',
  unusable: 'ERR_NETBOOT_UNTRUSTED_SIGNATURE',
} as const;

const HINTS = {
  revoked: 'use a mirror whose archive is signed with its current key, or a current keyring',
  expired: 'use a newer release of this program or a current keyring, and check the clock',
  weakKey: 'sign the archive with an Ed25519 key, or an RSA key of at least 2048 bits',
  weakDigest: 'sign the archive with SHA256 or SHA512',
  future: "set this machine's clock",
  unusable: "use a mirror of Debian, or pass this archive's keyring",
} as const;

function noSigner(uncounted: readonly UncountedSignature[], now: number): NetbootError {
  const kind = REPORTED.find((one) => uncounted.some(({ flaw }) => flaw.kind === one));
  if (kind === undefined) {
    const keys = uncounted.map(({ key }) => key).join(', ');
    return new NetbootError(
      'ERR_NETBOOT_UNTRUSTED_SIGNATURE',
      `no signature by a trusted key (signed by ${keys || 'nobody'})`,
      { hint: HINTS.unusable },
    );
  }
  const reasons = uncounted.map(({ key, flaw }) => `${key} ${describeFlaw(flaw, now)}`);
  const cause = uncounted.map(({ flaw }) => 'cause' in flaw && flaw.cause).find(Boolean);
  return new NetbootError(
    CODES[kind],
    `no acceptable signature: ${[...new Set(reasons)].join('; ')}`,
    {
      hint: HINTS[kind],
      ...(cause !== undefined && { cause }),
    },
  );
}

function describeFlaw(flaw: UncountedSignature['flaw'], now: number): string {
  switch (flaw.kind) {
    case 'revoked':
      return 'is revoked';
    case 'expired':
      return flaw.at === undefined ? 'has no valid binding' : `expired on ${dayOf(flaw.at)}`;
    case 'weakKey':
      return `is a weak key (${flaw.algorithm})`;
    case 'weakDigest':
      return `signed with a weak digest (${flaw.digest})`;
    case 'future':
      return `signed at ${flaw.created.toISOString()}, later than this machine's clock (${new Date(now).toISOString()})`;
    case 'unknown':
      return 'is not a trusted key';
    case 'mismatch':
    case 'unusable':
      return `made a signature that cannot be used (${messageOf(flaw.cause)})`;
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function changed(fingerprint: string, cause: unknown): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_BAD_SIGNATURE',
    `the signature by ${fingerprint} does not match the content`,
    {
      hint: 'the file may have been changed in transit: try again, then use another mirror',
      cause,
    },
  );
}
