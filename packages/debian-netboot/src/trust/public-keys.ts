import { type PublicKey, readKeys } from 'openpgp';

import { NetbootError } from '../errors.js';
import { type TrustedKey } from './trusted-key.js';

/** Keys of a keyring. */
interface TrustedKeys {
  readonly keys: readonly TrustedKey[];
}

/**
 * Parsed keys of each keyring, cached because parsing takes longer than verifying, and keyrings never change.
 */
const parsed = new WeakMap<TrustedKeys, Promise<readonly PublicKey[]>>();

/**
 * Returns a keyring's keys for checking signatures, without those that do not match their pinned
 * fingerprint.
 */
export function publicKeysOf(keyring: TrustedKeys): Promise<readonly PublicKey[]> {
  let keys = parsed.get(keyring);
  if (keys === undefined) {
    keys = parseKeys(keyring.keys);
    parsed.set(keyring, keys);
  }
  return keys;
}

async function parseKeys(keys: readonly TrustedKey[]): Promise<readonly PublicKey[]> {
  const parsedKeys = await Promise.all(
    keys.map(async ({ fingerprint, armored }) =>
      (await readPublicKeys(armored)).filter((key) => primaryFingerprint(key) === fingerprint),
    ),
  );
  return parsedKeys.flat();
}

/** Returns the fingerprint of a key's primary key, in upper-case hex digits. */
export function primaryFingerprint(key: PublicKey): string {
  return key.getFingerprint().toUpperCase();
}

/**
 * Maximum size of a keyring, in bytes; Debian's is about 60 kB. Parsing takes several times as much memory.
 */
const MAX_KEYRING_BYTES = 4 * 1024 * 1024;

const ARMOR_START = '-----BEGIN PGP PUBLIC KEY BLOCK-----';

/**
 * Reads OpenPGP public keys.
 *
 * @param content - keys, binary or ASCII-armoured
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_KEYRING` if it contains no readable key, or is too large
 */
export async function readPublicKeys(content: Uint8Array | string): Promise<PublicKey[]> {
  if (content.length > MAX_KEYRING_BYTES) {
    throw malformed(undefined);
  }
  const text = typeof content === 'string' ? content : Buffer.from(content).toString('latin1');
  const blocks = text.split(ARMOR_START).slice(1);
  try {
    const keys: PublicKey[] = [];
    if (blocks.length === 0 && typeof content !== 'string') {
      keys.push(...(await readKeys({ binaryKeys: content })));
    }
    for (const block of blocks) {
      keys.push(...(await readKeys({ armoredKeys: ARMOR_START + block })));
    }
    if (keys.length > 0) {
      return keys.map((key) => key.toPublic());
    }
  } catch (cause) {
    throw malformed(cause);
  }
  throw malformed(undefined);
}

function malformed(cause: unknown): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_MALFORMED_KEYRING',
    'the keyring does not contain a readable key',
    {
      hint: 'use a file with OpenPGP public keys, binary or ASCII-armoured',
      cause,
    },
  );
}
