/**
 * Codes of all errors that this package raises, as a closed set. Match on
 * {@link NetbootError.code}, never on the message.
 */
export type NetbootErrorCode =
  // Requests
  | 'ERR_NETBOOT_UNKNOWN_SUITE'
  | 'ERR_NETBOOT_UNKNOWN_ARCH'
  | 'ERR_NETBOOT_UNKNOWN_VARIANT'
  | 'ERR_NETBOOT_UNAVAILABLE_IMAGE'
  | 'ERR_NETBOOT_INVALID_SELECTION'
  | 'ERR_NETBOOT_INVALID_MIRROR'
  | 'ERR_NETBOOT_INVALID_PROXY'
  | 'ERR_NETBOOT_INVALID_CA'
  // The source of the files
  | 'ERR_NETBOOT_APT_MISSING'
  | 'ERR_NETBOOT_APT_FAILED'
  | 'ERR_NETBOOT_PACKAGE_NOT_FOUND'
  | 'ERR_NETBOOT_BUILD_NOT_FOUND'
  | 'ERR_NETBOOT_MIRROR_UPDATING'
  | 'ERR_NETBOOT_FILE_NOT_FOUND'
  | 'ERR_NETBOOT_NETWORK'
  | 'ERR_NETBOOT_UNREACHABLE'
  | 'ERR_NETBOOT_FORBIDDEN_REDIRECT'
  | 'ERR_NETBOOT_UNAUTHORIZED'
  | 'ERR_NETBOOT_PROXY_UNAUTHORIZED'
  | 'ERR_NETBOOT_FORBIDDEN'
  | 'ERR_NETBOOT_CERTIFICATE'
  | 'ERR_NETBOOT_WRONG_SCHEME'
  // Trust
  | 'ERR_NETBOOT_BAD_SIGNATURE'
  | 'ERR_NETBOOT_UNTRUSTED_SIGNATURE'
  | 'ERR_NETBOOT_KEY_EXPIRED'
  | 'ERR_NETBOOT_KEY_REVOKED'
  | 'ERR_NETBOOT_KEY_WEAK'
  | 'ERR_NETBOOT_DIGEST_WEAK'
  | 'ERR_NETBOOT_UNSIGNED'
  | 'ERR_NETBOOT_MALFORMED_RELEASE'
  | 'ERR_NETBOOT_WRONG_SUITE'
  | 'ERR_NETBOOT_RELEASE_WENT_BACK'
  | 'ERR_NETBOOT_RELEASE_EXPIRED'
  | 'ERR_NETBOOT_RELEASE_FROM_FUTURE'
  | 'ERR_NETBOOT_MALFORMED_INDEX'
  | 'ERR_NETBOOT_SIZE_MISMATCH'
  | 'ERR_NETBOOT_HASH_MISMATCH'
  | 'ERR_NETBOOT_MALFORMED_KEYRING'
  // File formats
  | 'ERR_NETBOOT_MALFORMED_ARCHIVE'
  | 'ERR_NETBOOT_HOSTILE_ARCHIVE'
  | 'ERR_NETBOOT_MALFORMED_IMAGE'
  // The store
  | 'ERR_NETBOOT_NO_STORE'
  | 'ERR_NETBOOT_NOT_A_STORE'
  | 'ERR_NETBOOT_STORE_HAS_LINKS'
  | 'ERR_NETBOOT_STORE_NOT_OWNED'
  | 'ERR_NETBOOT_STORE_DAMAGED'
  | 'ERR_NETBOOT_FILE_DAMAGED'
  | 'ERR_NETBOOT_STORE_READ_ONLY'
  | 'ERR_NETBOOT_STORE_BUSY'
  | 'ERR_NETBOOT_STORE_LEASE_LOST'
  | 'ERR_NETBOOT_STORE_TOO_NEW'
  | 'ERR_NETBOOT_BUNDLE_TOO_NEW'
  | 'ERR_NETBOOT_NO_GENERATION'
  | 'ERR_NETBOOT_NO_SPACE'
  | 'ERR_NETBOOT_NO_PERMISSION'
  | 'ERR_NETBOOT_IO';

/** Options of a {@link NetbootError} other than its code and message. */
export interface NetbootErrorOptions {
  /** One sentence that tells the user what to do. */
  readonly hint?: string;
  /** Error that led to this one. */
  readonly cause?: unknown;
}

/**
 * Base class of every error that this package raises on purpose. The message says what is wrong;
 * {@link NetbootError.hint} says what to do about it.
 */
export class NetbootError extends Error {
  override readonly name = 'NetbootError';
  /** Code of the failure. */
  readonly code: NetbootErrorCode;
  /** Advice for the user, if there is any. */
  readonly hint: string | undefined;

  constructor(code: NetbootErrorCode, message: string, options: NetbootErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.hint = options.hint;
  }
}

/** Result of parsing or checking input: a value, or the reason why the input is invalid. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: NetbootError };

/** Returns a {@link Result} that holds a value. */
export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** Returns a {@link Result} that holds an error. */
export function failure(
  code: NetbootErrorCode,
  message: string,
  options: NetbootErrorOptions = {},
): { readonly ok: false; readonly error: NetbootError } {
  return { ok: false, error: new NetbootError(code, message, options) };
}

/**
 * Returns the value of a result.
 *
 * @throws {@link NetbootError} the result's error, if it holds one
 */
export function expectValue<T>(result: Result<T>): T {
  if (result.ok) {
    return result.value;
  }
  throw result.error;
}

/** Codes of failures of this host, which neither another mirror nor an older image would fix. */
const OWN_FAILURES: ReadonlySet<NetbootErrorCode> = new Set([
  'ERR_NETBOOT_NO_SPACE',
  'ERR_NETBOOT_NO_PERMISSION',
  'ERR_NETBOOT_IO',
  'ERR_NETBOOT_STORE_BUSY',
  'ERR_NETBOOT_STORE_DAMAGED',
  'ERR_NETBOOT_STORE_LEASE_LOST',
  'ERR_NETBOOT_STORE_READ_ONLY',
]);

/**
 * Returns true if the failure is this host's, rather than the archive's or the network's. Errors other than
 * a {@link NetbootError}, such as bugs, count as this host's.
 */
export function isOwnFailure(error: unknown): boolean {
  return !(error instanceof NetbootError) || OWN_FAILURES.has(error.code);
}

/** Returns true if the error reports content whose hash or size differs from the expected one. */
export function isMismatch(error: unknown): boolean {
  return (
    error instanceof NetbootError &&
    (error.code === 'ERR_NETBOOT_HASH_MISMATCH' || error.code === 'ERR_NETBOOT_SIZE_MISMATCH')
  );
}
