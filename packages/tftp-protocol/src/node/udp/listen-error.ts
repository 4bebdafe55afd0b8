import { TftpError } from '../../errors.js';

/** A UDP port cannot be bound; `cause` is Node's error with the system's code. */
export class TftpListenError extends TftpError {
  override readonly name = 'TftpListenError';
  /** IP address that was to be bound. */
  readonly address: string;
  /** UDP port that was to be bound. */
  readonly port: number;

  constructor(address: string, port: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`cannot listen on UDP port ${port} of ${address}: ${why}`, {
      code: 'ERR_TFTP_LISTEN',
      cause,
    });
    this.address = address;
    this.port = port;
  }
}
