/** Code of an error. */
export type LabHostErrorCode =
  /** A requirement is missing on the host; the message says how to install it. */
  | 'ERR_LAB_HOST_PREREQUISITE'
  /** A program of the host failed; the message has its output. */
  | 'ERR_LAB_HOST_PROGRAM'
  /** An expected event did not happen in time. */
  | 'ERR_LAB_HOST_DEADLINE';

/** Failure of a lab's host. A fault of the daemon under test is a failed test or figure instead. */
export class LabHostError extends Error {
  override readonly name = 'LabHostError';
  readonly code: LabHostErrorCode;

  constructor(code: LabHostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
