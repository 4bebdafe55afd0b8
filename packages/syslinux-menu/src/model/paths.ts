/** File name as pxelinux interprets it (parse_url() of core/fs/pxe/urlparse.c). */
export type NetworkName =
  /** `scheme://host[:port]/path`; the path lacks its leading slash. */
  | {
      readonly type: 'url';
      readonly scheme: string;
      readonly host: string;
      readonly path: string;
    }
  /**
   * `host::path`: TFTP from that server; without a host, from the server that pxelinux was loaded
   * from.
   */
  | { readonly type: 'tftp'; readonly host: string; readonly path: string }
  /** Anything else: pxelinux appends it to its prefix. */
  | { readonly type: 'plain'; readonly path: string };

/** Splits a file name as pxelinux does: the first colon decides. */
export function parseNetworkName(name: string): NetworkName {
  const colon = name.indexOf(':');
  if (colon >= 0 && name.startsWith('://', colon)) {
    const rest = name.slice(colon + 3);
    const slash = rest.indexOf('/');
    const host = slash < 0 ? rest : rest.slice(0, slash);
    const path = slash < 0 ? '' : rest.slice(slash + 1);
    return { type: 'url', scheme: name.slice(0, colon).toLowerCase(), host, path };
  }
  if (colon >= 0 && name.charAt(colon + 1) === ':') {
    return { type: 'tftp', host: name.slice(0, colon), path: name.slice(colon + 2) };
  }
  return { type: 'plain', path: name };
}

/** Returns the part of a file name after its last slash or colon. */
export function baseName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf(':')) + 1);
}
