import { isIPv6 } from 'node:net';

/** Place of a file on a boot server. Menus and DHCP name it, so it may be one that nobody can request. */
export type Place =
  | { readonly transport: 'tftp'; readonly server: string; readonly file: string }
  | { readonly transport: 'http'; readonly url: string };

/**
 * Maximum length of a file name in a TFTP request, in characters: a request has at most 512 bytes (RFC 2347 §2), some
 * of which are options.
 */
const MAX_TFTP_NAME = 400;

/** Name or address of a TFTP server. */
const TFTP_SERVER = /^[\w.:%-]{1,253}$/;

/** Formats a place in the usual notation. */
export function placeText(place: Place): string {
  return place.transport === 'http'
    ? place.url
    : `tftp://${isIPv6(place.server) ? `[${place.server}]` : place.server}/${place.file.replace(/^\//, '')}`;
}

/** Returns the host of a URL as sockets want it: URLs have IPv6 addresses in brackets. */
export function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** Returns the reason why nobody can request a file, as the predicate of a sentence; undefined if there is none. */
export function obstacleAt(place: Place): string | undefined {
  if (place.transport === 'http') {
    return URL.canParse(place.url) ? undefined : 'is not a valid URL';
  }
  if (!TFTP_SERVER.test(place.server)) {
    return 'does not name a valid server';
  }
  const { length } = place.file;
  const isSendable = Array.from(place.file).every((one) => one > '\0' && one <= '\xff');
  return length > 0 && length <= MAX_TFTP_NAME && isSendable
    ? undefined
    : `has a name that TFTP cannot request: expected 1 to ${MAX_TFTP_NAME} Latin-1 characters`;
}

/** Returns the name or address of the host of a place; empty if its URL is not valid. */
export function hostnameOf(place: Place): string {
  return place.transport === 'http' ? (urlOf(place.url)?.hostname ?? '') : place.server;
}

/** Returns the host of a place, with the port that a URL names; empty if its URL is not valid. */
export function hostOf(place: Place): string {
  return place.transport === 'http' ? (urlOf(place.url)?.host ?? '') : place.server;
}

/** Returns the path of a place, with its leading slash; empty if its URL is not valid. */
export function pathOf(place: Place): string {
  return place.transport === 'http'
    ? (urlOf(place.url)?.pathname ?? '')
    : `/${place.file.replace(/^\//, '')}`;
}

/** Returns the place of a file in the same folder. */
export function neighbourOf(place: Place, name: string): Place {
  if (place.transport === 'http') {
    return { transport: 'http', url: resolved(name, place.url) };
  }
  return { ...place, file: `${place.file.slice(0, place.file.lastIndexOf('/') + 1)}${name}` };
}

/** Returns the place of a file by its path from the root of the same server. */
export function fromRoot(place: Place, path: string): Place {
  return place.transport === 'http'
    ? { transport: 'http', url: resolved(path, place.url) }
    : { ...place, file: path };
}

/** Resolves a URL against another one; returns the text itself if that gives no valid URL. */
export function resolved(name: string, base: string): string {
  return URL.canParse(name, base) ? new URL(name, base).href : name;
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
