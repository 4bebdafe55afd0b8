/** Code of an error that ends a run early. */
export type LabErrorCode =
  /** Invalid command line. */
  | 'ERR_LAB_USAGE'
  /**
   * A requirement of the lab is missing on this host: root, a program, a file, the built server.
   */
  | 'ERR_LAB_PREREQUISITE'
  /** A program of the lab (the daemon under test, QEMU, dnsmasq, tcpdump) failed or ended. */
  | 'ERR_LAB_PROGRAM'
  /** QEMU's control socket refused a command or closed. */
  | 'ERR_LAB_QMP'
  /** A stage saw proof that the boot went wrong. */
  | 'ERR_LAB_STAGE'
  /** A stage's deadline passed. */
  | 'ERR_LAB_DEADLINE'
  /** The lab was interrupted. */
  | 'ERR_LAB_INTERRUPTED'
  /** Input of the lab (capture, screen, menu) is malformed. */
  | 'ERR_LAB_MALFORMED';

/** Expected failure of the lab. The message says what was seen and, if possible, how to fix it. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
