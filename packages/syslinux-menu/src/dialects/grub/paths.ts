import { type PathResolver } from '../../dialect/dialect.js';
import { parseNetworkName } from '../../model/paths.js';

/** Server from which GRUB fetches files. */
export interface GrubServer {
  /** Protocol; Debian 12's signed GRUB only supports tftp. */
  readonly protocol: 'http' | 'tftp';
  /** IPv4 address or name. */
  readonly host: string;
  /** Port. GRUB only supports ports other than the default with http. @default the protocol's own port */
  readonly port?: number;
}

/**
 * Returns a resolver for `renderGrub`: paths become `(http,host:port)/path`. Without a server they
 * stay on `$root`, the TFTP server that GRUB was loaded from. Paths that begin with one of GRUB's disks or
 * servers, such as `(hd0,gpt1)/path`, are unchanged. Names in pxelinux's notation are
 * translated as well: `http://host/path`, `tftp://host/path`, `host::path` and `::path`; GRUB
 * cannot fetch other URLs.
 */
export function grubPaths(server?: GrubServer): PathResolver {
  const port = server?.port === undefined ? '' : `:${server.port}`;
  const device = server === undefined ? '' : `(${server.protocol},${server.host}${port})`;
  return (path) => {
    const name = parseNetworkName(path);
    switch (name.type) {
      case 'url': {
        // GRUB only supports the default TFTP port, so it is left out.
        const host = name.scheme === 'tftp' ? name.host.replace(/:69$/, '') : name.host;
        const isKnown = name.scheme === 'http' || (name.scheme === 'tftp' && !host.includes(':'));
        // GRUB does not support credentials, and ends the host at a comma or parenthesis.
        const isPlain = host !== '' && !/[@,()[\]]/.test(host);
        return isKnown && isPlain ? `(${name.scheme},${host})/${name.path}` : undefined;
      }
      case 'tftp':
        if (name.host === '') {
          return `${device}${absolute(name.path)}`;
        }
        return /[,():]/.test(name.host) ? undefined : `(tftp,${name.host})${absolute(name.path)}`;
      case 'plain':
        if (GRUB_DEVICE.test(path)) {
          return path;
        }
        return path === '' ? undefined : `${device}${absolute(path)}`;
    }
  };
}

/** Matches a path on a disk or server that GRUB names. Other names may begin with a parenthesis, too. */
const GRUB_DEVICE =
  /^\((?:[hfc]d\d+(?:,[^()]*)?|memdisk|(?:tftp|http),[^()]*|(?:lvm|lvmid|md|mduuid|cryptouuid)\/[^()]*)\)\//;

/**
 * Returns a path with a leading slash. Network devices have no current directory, so without the slash the
 * path would be read as part of the device, and a path that begins with a parenthesis as a device.
 */
function absolute(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
