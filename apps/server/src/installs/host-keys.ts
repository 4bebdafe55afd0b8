import { type HostKey } from '../hosts/install.js';

/** Maximum number of keys of a machine. */
const MAX_KEYS = 8;
const KEY = /^([A-Z\d-]{1,16})\.([\w-]{43})$/;

/**
 * Reads the SSH keys in the report at the end of an installation, as {@link lateScript} sends them:
 * `keys=ED25519.FINGERPRINT,RSA.FINGERPRINT,`. Ignores everything else.
 *
 * @param query - query of the request's URL, without the question mark
 */
export function hostKeysOf(query: string): readonly HostKey[] {
  const keys = new URLSearchParams(query).get('keys') ?? '';
  return keys.split(',', MAX_KEYS).flatMap((key) => {
    const [, type, fingerprint] = KEY.exec(key) ?? [];
    return type === undefined || fingerprint === undefined
      ? []
      : [{ type, fingerprint: `SHA256:${fingerprint.replaceAll('-', '+').replaceAll('_', '/')}` }];
  });
}
