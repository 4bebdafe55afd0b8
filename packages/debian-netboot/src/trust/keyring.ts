import { ARCHIVED_SUITE_KEYS } from './archived-suite-keys.js';
import { DEBIAN_ARCHIVE_KEYS } from './debian-archive-keys.js';
import { type TrustedKey } from './trusted-key.js';

/** Keys that may vouch for an archive. */
export interface Keyring {
  readonly keys: readonly TrustedKey[];
}

/**
 * Keys of Debian's archive that ship with this package, pinned by the fingerprints of their primary
 * keys. Those of archived suites count only for their own suite ({@link TrustedKey.archivedSuite}).
 */
export const DEBIAN_ARCHIVE_KEYRING: Keyring = {
  keys: [...DEBIAN_ARCHIVE_KEYS, ...ARCHIVED_SUITE_KEYS],
};

/**
 * Parses a custom keyring, for a mirror that is signed with other keys. All of its keys are
 * trusted.
 *
 * @param content - OpenPGP public keys, binary or ASCII-armoured
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_KEYRING`
 */
export async function parseKeyring(content: Uint8Array | string): Promise<Keyring> {
  const { primaryFingerprint, readPublicKeys } = await import('./public-keys.js');
  const publicKeys = await readPublicKeys(content);
  return {
    keys: publicKeys.map((key) => ({
      fingerprint: primaryFingerprint(key),
      name: key.users[0]?.userID?.userID ?? 'a key without a name',
      role: 'own',
      armored: key.armor(),
    })),
  };
}

/**
 * Joins keyrings, for example Debian's and that of a mirror with custom packages. If several keyrings have
 * the same key, its entry in the first one is used, so put Debian's first to keep what it says about the
 * keys.
 */
export function joinKeyrings(...keyrings: readonly Keyring[]): Keyring {
  const keys = new Map<string, TrustedKey>();
  for (const key of keyrings.flatMap((keyring) => keyring.keys)) {
    if (!keys.has(key.fingerprint)) {
      keys.set(key.fingerprint, key);
    }
  }
  return { keys: [...keys.values()] };
}
