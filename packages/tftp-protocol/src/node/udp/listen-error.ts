import { TftpError } from '../../errors.js';
import { type DgramAddress } from './datagram-transport.js';
import { type TftpInheritedSocket } from './inherited-sockets.js';

/** Thrown when a UDP port cannot be bound; `cause` is Node's error with the system code. */
export class TftpListenError extends TftpError {
  override readonly name = 'TftpListenError';
  /** IP address that could not be bound; empty for an inherited socket. */
  readonly address: string;
  /** UDP port that could not be bound; 0 for an inherited socket. */
  readonly port: number;

  constructor(at: DgramAddress | TftpInheritedSocket, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const where =
      'fd' in at
        ? `on file descriptor ${at.fd} (is it a UDP socket that was passed to this process?)`
        : `on UDP port ${at.port} of ${at.address}`;
    super(`cannot listen ${where}: ${why}`, { code: 'ERR_TFTP_LISTEN', cause });
    this.address = 'fd' in at ? '' : at.address;
    this.port = 'fd' in at ? 0 : at.port;
  }
}
