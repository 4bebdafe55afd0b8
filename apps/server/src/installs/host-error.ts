/** Reason why a command about a host failed. */
export type HostErrorCode = 'not-found' | 'conflict' | 'invalid' | 'unavailable';

/** Thrown when a command about a host fails. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: HostErrorCode;
  readonly hint: string | undefined;

  constructor(code: HostErrorCode, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
