import { NetbootError } from '../../errors.js';

/** Codes of failures that the same request meets with again, whenever it is made. */
export type PermanentCode =
  | 'ERR_NETBOOT_FILE_NOT_FOUND'
  | 'ERR_NETBOOT_UNAUTHORIZED'
  | 'ERR_NETBOOT_PROXY_UNAUTHORIZED'
  | 'ERR_NETBOOT_FORBIDDEN'
  | 'ERR_NETBOOT_CERTIFICATE'
  | 'ERR_NETBOOT_WRONG_SCHEME';

/** Why a request led to no answer. */
export class HttpFailure extends NetbootError {
  /** Whether the file is not there, rather than the server out of order. */
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

/** The failure of a server that was reached. */
export function networkFailure(url: URL, why: string, cause?: unknown): HttpFailure {
  return new HttpFailure('ERR_NETBOOT_NETWORK', `${url.href}: ${why}`, {
    hint: 'try again later, or use another mirror',
    ...(cause !== undefined && { cause }),
  });
}
