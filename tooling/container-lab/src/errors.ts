/** Code of an error. */
export type ContainerLabErrorCode =
  /** The host lacks something; the message says what installs it. */
  | 'ERR_CONTAINER_LAB_PREREQUISITE'
  /** A program of the host failed; the message has its own words. */
  | 'ERR_CONTAINER_LAB_PROGRAM'
  /** A manifest has something that this lab does not run. */
  | 'ERR_CONTAINER_LAB_POD'
  /** Something that was waited for did not come. */
  | 'ERR_CONTAINER_LAB_DEADLINE';

/** The lab itself failed, or what it runs in. A fault of the daemon is a failed test instead. */
export class ContainerLabError extends Error {
  override readonly name = 'ContainerLabError';
  readonly code: ContainerLabErrorCode;

  constructor(code: ContainerLabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
