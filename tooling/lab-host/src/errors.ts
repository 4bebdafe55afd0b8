/** Code of an error. */
export type LabErrorCode =
  /** Invalid command line. */
  | 'ERR_LAB_USAGE'
  /** A requirement is missing on this host; the message says how to get it. */
  | 'ERR_LAB_PREREQUISITE'
  /** A program (the daemon under test, QEMU, a tool of the host) failed or ended; the message has its output. */
  | 'ERR_LAB_PROGRAM'
  /** QEMU's control socket refused a command or closed. */
  | 'ERR_LAB_QMP'
  /** A stage saw proof that the boot went wrong. */
  | 'ERR_LAB_STAGE'
  /** A manifest has something that the container lab does not support. */
  | 'ERR_LAB_POD'
  /** An expected event did not happen in time. */
  | 'ERR_LAB_DEADLINE'
  /** The lab was interrupted. */
  | 'ERR_LAB_INTERRUPTED'
  /** Input to the lab (capture, screen, menu) is malformed. */
  | 'ERR_LAB_MALFORMED';

/** Expected failure of a lab. The message says what was seen and, if possible, how to fix it. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
