/** Code of an error. */
export type ContainerLabErrorCode =
  /** A requirement is missing on the host; the message says how to install it. */
  | 'ERR_CONTAINER_LAB_PREREQUISITE'
  /** A program of the host failed; the message has its output. */
  | 'ERR_CONTAINER_LAB_PROGRAM'
  /** A manifest has something that this lab does not support. */
  | 'ERR_CONTAINER_LAB_POD'
  /** An expected event did not happen in time. */
  | 'ERR_CONTAINER_LAB_DEADLINE';

/** Failure of the lab or its host. A fault of the daemon is a failed test instead. */
export class ContainerLabError extends Error {
  override readonly name = 'ContainerLabError';
  readonly code: ContainerLabErrorCode;

  constructor(code: ContainerLabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
