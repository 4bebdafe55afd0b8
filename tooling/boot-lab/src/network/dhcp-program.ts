import { type IpVersion } from './lab-network.js';

/** Command that runs a DHCP server, and patterns of its log lines. */
export interface DhcpProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** Additional environment variables. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** Matches the log line that says that the server is ready. */
  readonly ready: RegExp;
  /** Matches the log line that confirms an address, or, for a ProxyDHCP service, the one that names a boot file. */
  readonly lease: RegExp;
}

/** Settings of a DHCP server. */
export interface DhcpSettings {
  /** Part of its configuration that tells machines what to boot. */
  readonly bootLines: string;
  /** Version for which addresses are leased; machines get none of the other. */
  readonly ipVersion: IpVersion;
  /** Directory for its configuration and leases. */
  readonly directory: string;
}

/** Writes the configuration of a DHCP server. */
export type ConfigureDhcp = (settings: DhcpSettings) => Promise<DhcpProgram>;
