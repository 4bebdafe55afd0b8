import { NetbootError } from '../../errors.js';

/** Codes of failures that a retry cannot fix. */
export type PermanentCode =
  | 'ERR_NETBOOT_FILE_NOT_FOUND'
  | 'ERR_NETBOOT_UNAUTHORIZED'
  | 'ERR_NETBOOT_PROXY_UNAUTHORIZED'
  | 'ERR_NETBOOT_FORBIDDEN'
  | 'ERR_NETBOOT_CERTIFICATE'
  | 'ERR_NETBOOT_WRONG_SCHEME';

/** Failure of a request. */
export class HttpFailure extends NetbootError {
  /** True if the server does not have the file, rather than failing in any other way. */
  readonly isMissing: boolean;

  constructor(
    code: 'ERR_NETBOOT_NETWORK' | 'ERR_NETBOOT_UNREACHABLE' | PermanentCode,
    message: string,
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
    this.isMissing = code === 'ERR_NETBOOT_FILE_NOT_FOUND';
  }
}

/** Returns a failure that may not occur again later or on another mirror. */
export function networkFailure(url: URL, why: string, cause?: unknown): HttpFailure {
  return new HttpFailure('ERR_NETBOOT_NETWORK', `${url.href}: ${why}`, {
    hint: 'try again later, or use another mirror',
    ...(cause !== undefined && { cause }),
  });
}
