import { NetbootError, type NetbootErrorCode } from '@pxe/debian-netboot/catalog';

import { isMissingFile } from '../config/file-reason.js';
import { ConfigError, ListenError } from '../errors.js';
import { ResourceError } from '../limits/resource-limits.js';
import { type ExitKind } from './exit-codes.js';
import { CommandError } from './terminal.js';

/** Returns the message and hint of an expected failure; undefined for an unexpected one. */
export function explain(error: unknown): readonly string[] | undefined {
  if (error instanceof ConfigError) {
    return [
      `the configuration has ${error.problems.length === 1 ? 'a problem' : `${error.problems.length} problems`}:`,
      ...error.message.split('\n').map((line) => `  ${line}`),
    ];
  }
  const isExpected =
    error instanceof ListenError ||
    error instanceof NetbootError ||
    error instanceof ResourceError ||
    error instanceof CommandError;
  if (!isExpected) {
    return undefined;
  }
  return [error.message, ...(error.hint === undefined ? [] : [`  ${error.hint}`])];
}

/** Returns the kind of a failure, which decides the exit code. */
export function exitKind(error: unknown): ExitKind {
  if (error instanceof ConfigError) {
    return 'config';
  }
  if (error instanceof NetbootError) {
    const isMissing = error.code === 'ERR_NETBOOT_IO' && isMissingFile(error.cause);
    return isMissing ? 'notFound' : NETBOOT_KINDS[error.code];
  }
  if (error instanceof CommandError) {
    return error.kind ?? (error.cause instanceof NetbootError ? exitKind(error.cause) : 'failure');
  }
  return 'failure';
}

const NETBOOT_KINDS: Readonly<Record<NetbootErrorCode, ExitKind>> = {
  ERR_NETBOOT_UNKNOWN_SUITE: 'usage',
  ERR_NETBOOT_UNKNOWN_ARCH: 'usage',
  ERR_NETBOOT_UNKNOWN_VARIANT: 'usage',
  ERR_NETBOOT_UNAVAILABLE_IMAGE: 'usage',
  ERR_NETBOOT_INVALID_SELECTION: 'usage',
  ERR_NETBOOT_INVALID_MIRROR: 'config',
  ERR_NETBOOT_INVALID_PROXY: 'config',
  ERR_NETBOOT_INVALID_CA: 'config',
  ERR_NETBOOT_APT_MISSING: 'notFound',
  ERR_NETBOOT_APT_FAILED: 'network',
  ERR_NETBOOT_PACKAGE_NOT_FOUND: 'notFound',
  ERR_NETBOOT_BUILD_NOT_FOUND: 'notFound',
  ERR_NETBOOT_MIRROR_UPDATING: 'busy',
  ERR_NETBOOT_FILE_NOT_FOUND: 'notFound',
  ERR_NETBOOT_NETWORK: 'network',
  ERR_NETBOOT_UNREACHABLE: 'network',
  ERR_NETBOOT_FORBIDDEN_REDIRECT: 'network',
  ERR_NETBOOT_UNAUTHORIZED: 'network',
  ERR_NETBOOT_PROXY_UNAUTHORIZED: 'network',
  ERR_NETBOOT_FORBIDDEN: 'network',
  ERR_NETBOOT_CERTIFICATE: 'network',
  ERR_NETBOOT_WRONG_SCHEME: 'network',
  ERR_NETBOOT_BAD_SIGNATURE: 'verification',
  ERR_NETBOOT_UNTRUSTED_SIGNATURE: 'verification',
  ERR_NETBOOT_KEY_EXPIRED: 'verification',
  ERR_NETBOOT_KEY_REVOKED: 'verification',
  ERR_NETBOOT_KEY_WEAK: 'verification',
  ERR_NETBOOT_DIGEST_WEAK: 'verification',
  ERR_NETBOOT_UNSIGNED: 'verification',
  ERR_NETBOOT_MALFORMED_RELEASE: 'verification',
  ERR_NETBOOT_WRONG_SUITE: 'verification',
  ERR_NETBOOT_RELEASE_WENT_BACK: 'verification',
  ERR_NETBOOT_RELEASE_EXPIRED: 'verification',
  ERR_NETBOOT_RELEASE_FROM_FUTURE: 'verification',
  ERR_NETBOOT_MALFORMED_INDEX: 'verification',
  ERR_NETBOOT_SIZE_MISMATCH: 'verification',
  ERR_NETBOOT_HASH_MISMATCH: 'verification',
  ERR_NETBOOT_MALFORMED_KEYRING: 'config',
  ERR_NETBOOT_MALFORMED_ARCHIVE: 'verification',
  ERR_NETBOOT_HOSTILE_ARCHIVE: 'verification',
  ERR_NETBOOT_MALFORMED_IMAGE: 'verification',
  ERR_NETBOOT_NO_STORE: 'notFound',
  ERR_NETBOOT_NOT_A_STORE: 'failure',
  ERR_NETBOOT_STORE_HAS_LINKS: 'failure',
  ERR_NETBOOT_STORE_NOT_OWNED: 'failure',
  ERR_NETBOOT_STORE_DAMAGED: 'verification',
  ERR_NETBOOT_FILE_DAMAGED: 'verification',
  ERR_NETBOOT_STORE_READ_ONLY: 'failure',
  ERR_NETBOOT_STORE_BUSY: 'busy',
  ERR_NETBOOT_STORE_LEASE_LOST: 'busy',
  ERR_NETBOOT_STORE_TOO_NEW: 'failure',
  ERR_NETBOOT_BUNDLE_TOO_NEW: 'failure',
  ERR_NETBOOT_NO_GENERATION: 'notFound',
  ERR_NETBOOT_NO_SPACE: 'failure',
  ERR_NETBOOT_NO_PERMISSION: 'failure',
  ERR_NETBOOT_IO: 'failure',
};
