import {
  createMessage,
  readSignature,
  verify,
  type PublicKey,
  type Signature,
  type SignaturePacket,
} from 'openpgp';
import { NetbootError } from '../errors.js';
import { openEnvelope } from './clear-sign-envelope.js';
import { primaryFingerprint, publicKeysOf, type Keyring, type TrustedKey } from './keyring.js';
import { isKeyInForce } from './signature-policy.js';

/** Text of a clear-signed message with valid signatures. */
export interface VerifiedText {
  /** The signed text, and nothing that stood around it. */
  readonly text: string;
  /** The keys with a valid signature on it: at least one. */
  readonly signers: readonly TrustedKey[];
}

/** How far the archive's clock may be ahead of ours. */
export const CLOCK_TOLERANCE_MS: number = 24 * 60 * 60 * 1000;

/**
 * Checks a clear-signed message (RFC 9580 §7) such as InRelease. It needs at least one valid
 * signature by a key of the keyring; one bad signature by such a key refuses the message. Signatures
 * by other keys, and by keys that have expired ({@link isKeyInForce}), are ignored.
 *
 * The message is bounded before OpenPGP sees it ({@link openEnvelope}), and its signatures are verified
 * one after the other: a hostile one costs about as much as one of Debian's.
 *
 * @param now the time, in milliseconds since 1970
 * @throws NetbootError `ERR_NETBOOT_BAD_SIGNATURE`, `ERR_NETBOOT_UNTRUSTED_SIGNATURE`,
 *   `ERR_NETBOOT_KEY_EXPIRED` or `ERR_NETBOOT_RELEASE_FROM_FUTURE`
 */
export async function verifyClearSigned(
  content: Uint8Array,
  keyring: Keyring,
  now: number,
): Promise<VerifiedText> {
  const { text, signatures } = openEnvelope(content);
  const publicKeys = await publicKeysOf(keyring);
  const signers = new Map<string, TrustedKey>();
  const seen: SeenSignatures = { keyIds: [], expiredKeys: [] };
  for (const packet of signatures) {
    const signature = await parseSignature(packet);
    const signer = await findSigner(signature, publicKeys, now, seen);
    if (signer === undefined) continue;
    const fingerprint = primaryFingerprint(signer);
    await verifySignature(text, signature, signer, now);
    const trusted = keyring.keys.find((key) => key.fingerprint === fingerprint);
    if (trusted !== undefined) signers.set(fingerprint, trusted);
  }
  if (signers.size === 0) throw noSigner(seen);
  return { text, signers: [...signers.values()] };
}

/**
 * The signed text of a message whose signatures were checked before.
 *
 * @throws NetbootError `ERR_NETBOOT_BAD_SIGNATURE` if it is not such a message
 */
export function readSignedText(content: Uint8Array): string {
  return openEnvelope(content).text;
}

/** Signatures that did not count, for the error when none did. */
interface SeenSignatures {
  readonly keyIds: string[];
  readonly expiredKeys: string[];
}

async function parseSignature(packet: Uint8Array): Promise<Signature> {
  try {
    return await readSignature({ binarySignature: packet });
  } catch (cause) {
    throw new NetbootError('ERR_NETBOOT_BAD_SIGNATURE', 'its signature cannot be read', {
      hint: 'check the URL: a mirror answers with a signed InRelease',
      cause,
    });
  }
}

/** Finds the trusted key that made a signature; `undefined` if the signature does not count. */
async function findSigner(
  signature: Signature,
  publicKeys: readonly PublicKey[],
  now: number,
  seen: SeenSignatures,
): Promise<PublicKey | undefined> {
  // A packet of a version that this OpenPGP does not know has no issuer.
  const packet: Partial<SignaturePacket> | undefined = signature.packets[0];
  const { issuerKeyID: keyId, created } = packet ?? {};
  if (keyId === undefined || !created) return undefined;
  seen.keyIds.push(keyId.toHex().toUpperCase());
  const signer = publicKeys.find((key) => key.getKeys(keyId).length > 0);
  if (signer === undefined) return undefined;
  const times = {
    createdAt: created.getTime(),
    keyExpiresAt: await expiryOf(signer, keyId, created),
  };
  if (isKeyInForce(times, now)) return signer;
  seen.expiredKeys.push(primaryFingerprint(signer));
  return undefined;
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

async function verifySignature(
  text: string,
  signature: Signature,
  signer: PublicKey,
  now: number,
): Promise<void> {
  try {
    const message = await createMessage({ text });
    const date = new Date(now + CLOCK_TOLERANCE_MS);
    const result = await verify({ message, signature, verificationKeys: signer, date });
    await result.signatures[0]?.verified;
  } catch (cause) {
    throw badSignature(primaryFingerprint(signer), signature, now, cause);
  }
}

function noSigner({ keyIds, expiredKeys }: SeenSignatures): NetbootError {
  if (expiredKeys.length > 0) {
    return new NetbootError(
      'ERR_NETBOOT_KEY_EXPIRED',
      `no signature by a key in force: ${[...new Set(expiredKeys)].join(', ')} expired`,
      { hint: 'use a newer release of this program or a current keyring, and check the clock' },
    );
  }
  return new NetbootError(
    'ERR_NETBOOT_UNTRUSTED_SIGNATURE',
    `no signature by a trusted key (signed by ${keyIds.join(', ') || 'nobody'})`,
    { hint: 'use a mirror of Debian, or give the keyring that belongs to this archive' },
  );
}

function badSignature(
  fingerprint: string,
  signature: Signature,
  now: number,
  cause: unknown,
): NetbootError {
  const created = signature.packets[0]?.created;
  if (created && created.getTime() > now + CLOCK_TOLERANCE_MS) {
    return new NetbootError(
      'ERR_NETBOOT_RELEASE_FROM_FUTURE',
      `signed at ${created.toISOString()}, later than this machine's clock (${new Date(now).toISOString()})`,
      { hint: "set this machine's clock", cause },
    );
  }
  return new NetbootError(
    'ERR_NETBOOT_BAD_SIGNATURE',
    `the signature by ${fingerprint} does not match the content`,
    { hint: 'the file was changed on its way: try again, then try another mirror', cause },
  );
}
