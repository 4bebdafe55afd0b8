/** Thrown when a socket of the service cannot be opened. */
export class DhcpListenError extends Error {
  override readonly name = 'DhcpListenError';
  readonly code = 'ERR_DHCP_LISTEN';
  /** Address to bind. */
  readonly address: string;
  /** UDP port to bind. */
  readonly port: number;

  /** @param cause - system error */
  constructor(address: string, port: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`cannot listen on UDP port ${port} of ${address}: ${why}`, { cause });
    this.address = address;
    this.port = port;
  }
}
