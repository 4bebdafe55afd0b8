/** Code of an error that ends a run early. */
export type LabErrorCode =
  /** The command line cannot be understood. */
  | 'ERR_LAB_USAGE'
  /** Something that the lab needs is missing on this host: root, a program, a file, the built server. */
  | 'ERR_LAB_PREREQUISITE'
  /** A program of the lab (the daemon under test, QEMU, dnsmasq, tcpdump) failed or ended. */
  | 'ERR_LAB_PROGRAM'
  /** QEMU's control socket refused a command or closed. */
  | 'ERR_LAB_QMP'
  /** A stage saw something that proves the boot wrong. */
  | 'ERR_LAB_STAGE'
  /** A stage's deadline passed. */
  | 'ERR_LAB_DEADLINE'
  /** Someone asked the lab to stop. */
  | 'ERR_LAB_INTERRUPTED'
  /** Bytes that the lab reads (capture, screen, menu) are not what they should be. */
  | 'ERR_LAB_MALFORMED';

/** Every expected failure of the lab; its message says what was seen and, where there is one, the fix. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
