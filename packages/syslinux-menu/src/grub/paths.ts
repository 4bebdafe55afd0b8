import { type PathResolver } from '../render-result.js';

/** Where GRUB fetches files from. */
export interface GrubServer {
  /** How; Debian 12's signed GRUB knows only tftp. */
  readonly protocol: 'http' | 'tftp';
  /** IPv4 address or name. */
  readonly host: string;
  /** @default the protocol's own port; GRUB takes another only for http */
  readonly port?: number;
}

/**
 * A resolver for `renderGrub`: paths become `(http,host:port)/path`. Without a server they stay as
 * they are, and GRUB takes them from `$root`, the TFTP server that it was loaded from.
 */
export function grubPaths(server?: GrubServer): PathResolver {
  if (server === undefined) return (path) => path;
  const port = server.port === undefined ? '' : `:${server.port}`;
  const device = `(${server.protocol},${server.host}${port})`;
  return (path) => `${device}${path.startsWith('/') ? '' : '/'}${path}`;
}
