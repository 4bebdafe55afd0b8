import {
  readCleartextMessage,
  verify,
  type PublicKey,
  type Signature,
  type VerifyMessageResult,
} from 'openpgp';
import { NetbootError } from '../errors.js';
import { primaryFingerprint, publicKeysOf, type Keyring, type TrustedKey } from './keyring.js';

/** The text of a clear-signed message, vouched for. */
export interface VerifiedText {
  /** The signed text, and nothing that stood around it. */
  readonly text: string;
  /** The keys with a valid signature on it: at least one. */
  readonly signers: readonly TrustedKey[];
}

/** How far the archive's clock may be ahead of ours. */
export const CLOCK_TOLERANCE_MS: number = 24 * 60 * 60 * 1000;

const BEGIN_MESSAGE = '-----BEGIN PGP SIGNED MESSAGE-----';
const END_SIGNATURE = '-----END PGP SIGNATURE-----';

/**
 * Checks a clear-signed message (RFC 9580 §7) such as InRelease. It needs at least one valid
 * signature by a key of the keyring; one bad signature by such a key refuses the message, and
 * signatures by other keys are ignored. Text before, between or after is refused: programs differ in
 * what they make of it.
 *
 * @param now the time, in milliseconds since 1970
 * @throws NetbootError `ERR_NETBOOT_BAD_SIGNATURE`, `ERR_NETBOOT_UNTRUSTED_SIGNATURE` or
 *   `ERR_NETBOOT_RELEASE_FROM_FUTURE`
 */
export async function verifyClearSigned(
  content: Uint8Array,
  keyring: Keyring,
  now: number,
): Promise<VerifiedText> {
  const publicKeys = [...(await publicKeysOf(keyring))];
  const result = await readAndVerify(decodeMessage(content), publicKeys, now);
  const signers = new Map<string, TrustedKey>();
  for (const { keyID, verified, signature } of result.signatures) {
    const signer = publicKeys.find((key) => key.getKeys(keyID).length > 0);
    const verdict = await settle(verified);
    if (signer === undefined) continue;
    const fingerprint = primaryFingerprint(signer);
    if (!verdict.ok) throw badSignature(fingerprint, await signature, now, verdict.error);
    const trusted = keyring.keys.find((key) => key.fingerprint === fingerprint);
    if (trusted !== undefined) signers.set(fingerprint, trusted);
  }
  if (signers.size === 0) {
    const ids = result.signatures.map(({ keyID }) => keyID.toHex().toUpperCase());
    throw new NetbootError(
      'ERR_NETBOOT_UNTRUSTED_SIGNATURE',
      `no signature by a trusted key (signed by ${ids.join(', ') || 'nobody'})`,
      { hint: 'use a mirror of Debian, or give the keyring that belongs to this archive' },
    );
  }
  return { text: result.data, signers: [...signers.values()] };
}

/**
 * The signed text of a message whose signatures were checked before.
 *
 * @throws NetbootError `ERR_NETBOOT_BAD_SIGNATURE` if it is no such message
 */
export async function readSignedText(content: Uint8Array): Promise<string> {
  const cleartextMessage = decodeMessage(content);
  try {
    return (await readCleartextMessage({ cleartextMessage })).getText();
  } catch (cause) {
    throw notAMessage('it cannot be read', cause);
  }
}

/** The message as text, after checking that it is the whole of the content. */
function decodeMessage(content: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch (cause) {
    throw notAMessage('it is not UTF-8 text', cause);
  }
  const begins = text.startsWith(BEGIN_MESSAGE) && !text.includes(BEGIN_MESSAGE, 1);
  const end = text.indexOf(END_SIGNATURE);
  const ends = end !== -1 && text.slice(end + END_SIGNATURE.length).trim() === '';
  if (!begins) throw notAMessage('it does not begin with one signed message');
  if (!ends) throw notAMessage('it does not end with the signature');
  return text;
}

async function readAndVerify(
  text: string,
  verificationKeys: PublicKey[],
  now: number,
): Promise<VerifyMessageResult<string>> {
  try {
    const message = await readCleartextMessage({ cleartextMessage: text });
    // Without `expectSigned`: it would make a failure of a signature by an unknown key.
    return await verify({ message, verificationKeys, date: new Date(now + CLOCK_TOLERANCE_MS) });
  } catch (cause) {
    throw notAMessage('it cannot be read', cause);
  }
}

type Verdict = { readonly ok: true } | { readonly ok: false; readonly error: unknown };

async function settle(verified: Promise<true>): Promise<Verdict> {
  try {
    await verified;
    return { ok: true };
  } catch (error) {
    return { ok: false, error };
  }
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

function notAMessage(why: string, cause?: unknown): NetbootError {
  return new NetbootError('ERR_NETBOOT_BAD_SIGNATURE', `not a clear-signed message: ${why}`, {
    hint: 'check the URL: a mirror answers with a signed InRelease',
    cause,
  });
}
