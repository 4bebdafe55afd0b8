/** One end of a UDP path. */
export interface TftpEndpointAddress {
  /** IP address in text form, with its scope for link-local IPv6 (`fe80::1%eth0`). */
  readonly address: string;
  /** UDP port, 0 to 65,535. */
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6';
}
