/**
 * Start of a URL's authority (RFC 3986, section 3.2). After http, https, ftp, ws and wss, URL parsers accept
 * any number of slashes or backslashes, including none, and skip line breaks and tabs (url.spec.whatwg.org).
 */
const AUTHORITY_START = /(?:https?|ftp|wss?):[/\\\t\r\n]*|(?<=[a-z0-9+.-]):[/\\]{2,}/gi;

/** End of an authority. A backslash does not end it, since the text may be escaped. */
const AUTHORITY_END = /[/?#]/g;

const BLANK = /\s/g;

/** Port, and the characters that may follow it in a sentence. */
const PORT = /^\d{0,5}(?:\W|$)/;

/**
 * Returns a text with the user names and passwords of its URLs replaced: `http://user:secret@mirror/debian`
 * becomes `http://***@mirror/debian`. Takes time linear in the length of the text.
 *
 * A password may contain spaces and quotes, so everything up to the last `@` of the authority is
 * hidden. If the authority has no `@` and cannot be a host with an optional port, the password contains a
 * slash, so everything up to the last `@` of the word is hidden.
 */
export function withoutCredentials(text: string): string {
  if (!text.includes('@')) {
    return text;
  }
  let shown = '';
  let copied = 0;
  let authority = { end: 0, at: -1 };
  let word = { end: 0, at: -1 };
  AUTHORITY_START.lastIndex = 0;
  for (let match = AUTHORITY_START.exec(text); match !== null; match = AUTHORITY_START.exec(text)) {
    const start = AUTHORITY_START.lastIndex;
    if (start >= authority.end) {
      authority = spanFrom(text, start, AUTHORITY_END);
    }
    let { at } = authority;
    if (at < start && !isHost(text, start, authority.end)) {
      if (authority.end >= word.end) {
        word = spanFrom(text, authority.end, BLANK);
      }
      ({ at } = word);
    }
    if (at >= start) {
      shown += `${text.slice(copied, start)}***`;
      copied = at;
      AUTHORITY_START.lastIndex = at;
    }
  }
  return shown + text.slice(copied);
}

/** Part of a text: its end, and the offset of its last `@`, or -1 if it has none. */
interface Span {
  readonly end: number;
  readonly at: number;
}

/**
 * Returns the part of a text from an offset to the next match of a global regular expression, or to the end.
 */
function spanFrom(text: string, start: number, ending: RegExp): Span {
  ending.lastIndex = start;
  const end = ending.exec(text)?.index ?? text.length;
  const at = text.slice(start, end).lastIndexOf('@');
  return { end, at: at === -1 ? -1 : start + at };
}

/** Maximum length of an IPv6 address in brackets, with a margin. */
const MAX_ADDRESS_LENGTH = 64;

/** Returns true if an authority without `@` may be a host with an optional port. */
function isHost(text: string, start: number, end: number): boolean {
  const bracket = text.slice(start, Math.min(end, start + MAX_ADDRESS_LENGTH)).indexOf(']');
  const colon = text.indexOf(':', start + bracket + 1);
  return colon === -1 || colon >= end || PORT.test(text.slice(colon + 1, Math.min(end, colon + 8)));
}

/**
 * Returns the value of a setting that should be a URL, with everything between its scheme and its last `@`
 * replaced by `***`: if the URL is invalid, that may be a password.
 */
export function urlWithoutCredentials(url: string): string {
  const at = url.lastIndexOf('@');
  const [scheme = ''] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(url) ?? [];
  return at === -1 ? url : `${scheme}***${url.slice(at)}`;
}

/**
 * Returns a JSON value with the credentials in all its strings and names hidden.
 *
 * @param hide - hides the credentials in one text
 */
export function valueWithoutCredentials(value: unknown, hide = withoutCredentials): unknown {
  if (typeof value === 'string') {
    return hide(value);
  }
  if (Array.isArray(value)) {
    return value.map((inner) => valueWithoutCredentials(inner, hide));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        hide(key),
        valueWithoutCredentials(inner, hide),
      ]),
    );
  }
  return value;
}

/** Returns a line of JSON with {@link withoutCredentials} applied to every string in it. */
export function lineWithoutCredentials(line: string): string {
  // Most lines contain no credentials, and do not need to be parsed.
  if (!line.includes('@')) {
    return line;
  }
  return `${JSON.stringify(valueWithoutCredentials(JSON.parse(line)))}\n`;
}
