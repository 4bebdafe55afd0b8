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

import { CLOCK_TOLERANCE_MS, isKeyInForce } from './signature-policy.js';

/** Reason why a signature by a known key does not count. */
export type SignatureFlaw =
  /** The text or the signature was changed. */
  | { readonly kind: 'mismatch'; readonly cause: unknown }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'expired'; readonly at: Date | undefined }
  | { readonly kind: 'weakKey'; readonly algorithm: string }
  | { readonly kind: 'weakDigest'; readonly digest: string }
  | { readonly kind: 'future'; readonly created: Date; readonly cause: unknown }
  | { readonly kind: 'unusable'; readonly cause: unknown };

/** Signature with the text that it signs and its claimed signer. */
export interface SignatureClaim {
  readonly text: string;
  readonly signature: Signature;
  readonly packet: SignaturePacket;
  /** Primary key of the signer. */
  readonly signer: PublicKey;
  /** True if it suffices that the key was valid when the signature was made. */
  readonly isArchived: boolean;
}

/**
 * Verifies a signature; returns `undefined` if it counts. Distinguishes a flaw of the key from a changed
 * text: only the latter is a reason to distrust the server.
 *
 * @param now - current time, in milliseconds since 1970
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
 * Returns the message that a clear-sign signature covers: its lines end with CRLF, for both text and binary
 * signatures (RFC 9580 §7.2).
 */
function signedMessage(text: string): ReturnType<typeof createMessage<string>> {
  return createMessage({ text: text.replaceAll('\n', '\r\n') });
}

/**
 * Checks that OpenPGP.js has verified the one given signature with the key that the signature names.
 * OpenPGP.js returns no result for a signature that was not made on a message, so the absence of an error
 * does not mean that anything was verified.
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
    throw new Error('the signature was verified with a key other than the one that it names');
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

/** Error messages from OpenPGP.js for a changed text or signature. */
const MISMATCHES: ReadonlySet<string> = new Set([
  'Signed digest did not match',
  'Signature verification failed',
]);

/** Returns true if the signature does not match the key and the text, ignoring any other flaw. */
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

/** Makes OpenPGP.js ignore the time; its types do not allow this value. */
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
  const checkedAt = claim.isArchived ? created.getTime() : now;
  const times = { createdAt: created.getTime(), keyExpiresAt };
  if (isKeyInForce(times, checkedAt)) {
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

/** Makes OpenPGP.js check the revocations of all bindings. */
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

/**
 * Returns the expiry of a key, in milliseconds since 1970: the earlier of its own and its primary key's; 0
 * if one of them was not valid at the time of the signature.
 */
async function expiryOf(
  primary: PublicKey,
  keyId: SignaturePacket['issuerKeyID'],
  createdAt: Date,
): Promise<number> {
  const expiries = [await primary.getExpirationTime()];
  for (const subkey of primary.getSubkeys(keyId)) {
    expiries.push(await subkey.getExpirationTime(createdAt));
  }
  // `null` means that the key was not valid at that time, or never.
  return Math.min(...expiries.map((expiry) => (expiry === null ? 0 : Number(expiry))));
}
