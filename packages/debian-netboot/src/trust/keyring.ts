import { ARCHIVED_SUITE_KEYS } from './archived-suite-keys.js';
import { DEBIAN_ARCHIVE_KEYS } from './debian-archive-keys.js';
import { primaryFingerprint, readPublicKeys } from './public-keys.js';
import { type TrustedKey } from './trusted-key.js';

/** The keys that may vouch for an archive. */
export interface Keyring {
  readonly keys: readonly TrustedKey[];
}

/**
 * The keys of Debian's archive that ship with this package, pinned by the fingerprints of their
 * primary keys. Those of archived suites count for their suite only ({@link TrustedKey.archivedSuite}).
 */
export const DEBIAN_ARCHIVE_KEYRING: Keyring = {
  keys: [...DEBIAN_ARCHIVE_KEYS, ...ARCHIVED_SUITE_KEYS],
};

/**
 * Reads a keyring of one's own, for a mirror that is signed with other keys: every key in it is
 * trusted.
 *
 * @param content - OpenPGP public keys, binary or ASCII-armoured
 * @throws NetbootError `ERR_NETBOOT_MALFORMED_KEYRING`
 */
export async function parseKeyring(content: Uint8Array | string): Promise<Keyring> {
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

/** Joins keyrings, as for Debian's archive and a mirror with packages of one's own. */
export function joinKeyrings(...keyrings: readonly Keyring[]): Keyring {
  const keys = keyrings.flatMap((keyring) => keyring.keys);
  return { keys: [...new Map(keys.map((key) => [key.fingerprint, key])).values()] };
}
