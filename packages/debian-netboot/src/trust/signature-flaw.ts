import {
  type AlgorithmInfo,
  config as defaults,
  createMessage,
  enums,
  type PublicKey,
  type Signature,
  type SignaturePacket,
  verify,
} from 'openpgp';

import { isKeyInForce } from './signature-policy.js';

/** Why a signature by a known key does not count. */
export type SignatureFlaw =
  /** The signed text is another one, or the signature is. */
  | { readonly kind: 'mismatch'; readonly cause: unknown }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'expired'; readonly at: Date | undefined }
  | { readonly kind: 'weakKey'; readonly algorithm: string }
  | { readonly kind: 'weakDigest'; readonly digest: string }
  | { readonly kind: 'future'; readonly created: Date; readonly cause: unknown }
  | { readonly kind: 'unusable'; readonly cause: unknown };

/** How far the archive's clock may be ahead of ours. */
export const CLOCK_TOLERANCE_MS: number = 24 * 60 * 60 * 1000;

/** A signature, what it is on, and who is said to have made it. */
export interface SignatureClaim {
  readonly text: string;
  readonly signature: Signature;
  readonly packet: SignaturePacket;
  /** The primary key of the one that made it. */
  readonly signer: PublicKey;
  /** Whether it is enough that the key was valid when it made the signature. */
  readonly isArchived: boolean;
}

/**
 * Checks a signature; returns `undefined` if it counts. What is wrong with the key is told apart from
 * a text that was changed: only the latter is a reason to distrust who has delivered it.
 *
 * @param now - the time, in milliseconds since 1970
 */
export async function findSignatureFlaw(
  claim: SignatureClaim,
  now: number,
): Promise<SignatureFlaw | undefined> {
  const latest = new Date(now + CLOCK_TOLERANCE_MS);
  let failure: { readonly cause: unknown } | undefined;
  try {
    const { text, signature, signer } = claim;
    const message = await signedMessage(text);
    const result = await verify({ message, signature, verificationKeys: signer, date: latest });
    await expectVerified(result.signatures, claim);
  } catch (cause) {
    failure = { cause };
    if (await isMismatch(claim)) {
      return { kind: 'mismatch', cause };
    }
  }
  const flaw = await keyFlaw(claim, latest, now);
  if (flaw !== undefined || failure === undefined) {
    return flaw;
  }
  const { hashAlgorithm, created } = claim.packet;
  if (hashAlgorithm !== null && WEAK_DIGESTS.has(hashAlgorithm)) {
    return { kind: 'weakDigest', digest: enums.read(enums.hash, hashAlgorithm).toUpperCase() };
  }
  if (created && created > latest) {
    return { kind: 'future', created, ...failure };
  }
  return { kind: 'unusable', ...failure };
}

/**
 * The message that a signature of a clear-signed text is on: its lines end with CRLF, whether the
 * signature is one on a text or on bytes (RFC 9580 §7.2).
 */
function signedMessage(text: string): ReturnType<typeof createMessage<string>> {
  return createMessage({ text: text.replaceAll('\n', '\r\n') });
}

/**
 * Checks that OpenPGP.js has verified the one signature that it was given, with the key that the
 * signature names. It returns no result for a signature that is not on a message: no error does not
 * mean that anything was verified.
 */
async function expectVerified(
  results: Awaited<ReturnType<typeof verify>>['signatures'],
  { packet, signer }: SignatureClaim,
): Promise<void> {
  const [result] = results;
  if (result === undefined || results.length !== 1) {
    throw new Error(`expected 1 verified signature, got ${results.length}`);
  }
  const isVerified: unknown = await result.verified;
  if (isVerified !== true) {
    throw new Error('the signature was not verified');
  }
  const [key] = signer.getKeys(result.keyID);
  const { issuerFingerprint } = packet;
  if (key === undefined || !result.keyID.equals(packet.issuerKeyID)) {
    throw new Error('the signature was verified with another key than the one that it names');
  }
  if (issuerFingerprint !== null && hexOf(issuerFingerprint) !== key.getFingerprint()) {
    throw new Error(
      `the signature names the key ${hexOf(issuerFingerprint).toUpperCase()}, which did not make it`,
    );
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

const WEAK_DIGESTS: ReadonlySet<enums.hash> = defaults.rejectMessageHashAlgorithms;

/** The errors of OpenPGP.js for content that is not what was signed. */
const MISMATCHES: ReadonlySet<string> = new Set([
  'Signed digest did not match',
  'Signature verification failed',
]);

/** Whether the signature is not one by that key on that text, whatever else may be wrong with it. */
async function isMismatch({ text, packet, signer }: SignatureClaim): Promise<boolean> {
  const [key] = signer.getKeys(packet.issuerKeyID);
  const [content] = (await signedMessage(text)).packets;
  const { signatureType } = packet;
  if (key === undefined || signatureType === null) {
    return false;
  }
  try {
    const lax = { ...defaults, rejectHashAlgorithms: NONE, rejectMessageHashAlgorithms: NONE };
    await packet.verify(key.keyPacket, signatureType, content ?? {}, NO_DATE, true, lax);
    return false;
  } catch (error) {
    return error instanceof Error && MISMATCHES.has(error.message);
  }
}

const NONE: ReadonlySet<enums.hash> & Set<enums.hash> = new Set();

/** Has OpenPGP.js leave out the time; its types know no such value. */
const NO_DATE = null as unknown as Date;

async function keyFlaw(
  claim: SignatureClaim,
  latest: Date,
  now: number,
): Promise<SignatureFlaw | undefined> {
  const { packet, signer } = claim;
  for (const { keyPacket } of signer.getKeys(packet.issuerKeyID)) {
    const algorithm = weakAlgorithm(keyPacket.getAlgorithmInfo());
    if (algorithm !== undefined) {
      return { kind: 'weakKey', algorithm };
    }
  }
  if (await isRevoked(claim, latest)) {
    return { kind: 'revoked' };
  }
  const { created } = packet;
  if (!created) {
    return undefined;
  }
  const keyExpiresAt = await expiryOf(signer, packet.issuerKeyID, created);
  const judgedAt = claim.isArchived ? created.getTime() : now;
  const times = { createdAt: created.getTime(), keyExpiresAt };
  if (isKeyInForce(times, judgedAt)) {
    return undefined;
  }
  return { kind: 'expired', at: keyExpiresAt === 0 ? undefined : new Date(keyExpiresAt) };
}

function weakAlgorithm({ algorithm, bits = Infinity, curve }: AlgorithmInfo): string | undefined {
  if (algorithm === 'dsa' || algorithm === 'elgamal') {
    return algorithm.toUpperCase();
  }
  if (algorithm.startsWith('rsa') && bits < defaults.minRSABits) {
    return `RSA of ${bits} bits`;
  }
  if (curve !== undefined && defaults.rejectCurves.has(enums.curve[curve])) {
    return curve;
  }
  return undefined;
}

/** Has OpenPGP.js look at the revocations of all bindings. */
const ANY = undefined as unknown as SignaturePacket;

async function isRevoked({ packet, signer }: SignatureClaim, latest: Date): Promise<boolean> {
  if (await signer.isRevoked(undefined, undefined, latest)) {
    return true;
  }
  for (const subkey of signer.getSubkeys(packet.issuerKeyID)) {
    if (await subkey.isRevoked(ANY, signer.keyPacket, latest)) {
      return true;
    }
  }
  return false;
}

/** When a key stops being valid: the earlier of its own expiry and that of its primary key. */
async function expiryOf(
  primary: PublicKey,
  keyId: SignaturePacket['issuerKeyID'],
  createdAt: Date,
): Promise<number> {
  const expiries = [await primary.getExpirationTime()];
  for (const subkey of primary.getSubkeys(keyId)) {
    expiries.push(await subkey.getExpirationTime(createdAt));
  }
  // `null` is a key that was not valid at that time, or never.
  return Math.min(...expiries.map((expiry) => (expiry === null ? 0 : Number(expiry))));
}
