/** Code of an error. */
export type LabHostErrorCode =
  /** The host lacks something; the message says what installs it. */
  | 'ERR_LAB_HOST_PREREQUISITE'
  /** A program of the host failed; the message has its own words. */
  | 'ERR_LAB_HOST_PROGRAM'
  /** Something that was waited for did not come. */
  | 'ERR_LAB_HOST_DEADLINE';

/** The host failed a lab. A fault of the daemon under test is a failed test or figure instead. */
export class LabHostError extends Error {
  override readonly name = 'LabHostError';
  readonly code: LabHostErrorCode;

  constructor(code: LabHostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
