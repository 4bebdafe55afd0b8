import { type PathResolver } from '../../dialect/dialect.js';
import { parseNetworkName } from '../../model/paths.js';

/**
 * Returns a resolver for `renderIpxe`: paths become URLs below a base URL. Without one they stay
 * relative to the script's own URL. Names in pxelinux's notation also become URLs: `host::path`,
 * and `::path`, which without a base URL is a file of the TFTP server that DHCP names.
 *
 * @param base - URL, with or without a trailing slash
 */
export function ipxePaths(base?: string): PathResolver {
  return (path) => {
    const name = parseNetworkName(path);
    if (name.type === 'url') {
      return path;
    }
    if (name.type === 'tftp' && name.host !== '') {
      return `tftp://${name.host}${absolute(name.path)}`;
    }
    if (base !== undefined) {
      return `${base.replace(/\/$/, '')}${absolute(name.path)}`;
    }
    return name.type === 'tftp' ? `tftp://\${next-server}${absolute(name.path)}` : path;
  };
}

function absolute(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
