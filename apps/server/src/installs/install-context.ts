import { type HostSettings } from '../config/hosts.js';
import { type ServerConfig } from '../config/schema.js';
import { type Install } from '../hosts/install.js';
import { type LineLimiter } from '../log/line-limiter.js';
import { type Logger } from '../log/logger.js';
import { type PreseedTemplate } from './preseed.js';

/** Part of the settings in force that installations depend on. */
export interface InstallSettings {
  readonly hosts: readonly HostSettings[];
  readonly unknown: ServerConfig['unknown'];
  readonly templates: ReadonlyMap<string, PreseedTemplate>;
  /** Ids of all entries that a host may start. */
  readonly entries: readonly string[];
  /** Kernel arguments for all machines. */
  readonly kernelArgs: string;
}

/** Dependencies that all parts of the installation service share. */
export interface InstallContext {
  /** Returns the settings in force; a reload replaces them. */
  readonly settings: () => InstallSettings;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Rate-limits the log lines that requests from machines cause. */
  readonly admitsLine: LineLimiter['admits'];
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/** Installation and the name that it is stored under: that of its host in lower case, or a MAC address. */
export interface NamedInstall {
  readonly name: string;
  readonly install: Install;
}

/** Value of `by` for an installation that the configuration requests. */
export const BY_CONFIGURATION = 'pxeboot.yaml';
/** Note on an installation whose host was removed. */
export const HOST_REMOVED = 'the host was removed';
/** Maximum number of hosts to which the configuration offers an installation at the same time. */
export const MAX_OFFERED = 4096;

/**
 * Returns the MAC address that serves as the name of an unknown machine; undefined for the name of a host.
 */
export function macOf(name: string): string | undefined {
  return name.includes(':') ? name : undefined;
}
