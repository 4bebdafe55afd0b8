/** End of a URL's authority (RFC 3986, section 3.2; a backslash counts as a slash in http URLs). */
const AUTHORITY_END = /[/?#\\"\r\n]/g;
const AUTHORITY_START = '://';

/**
 * Returns a text with the user names and passwords of its URLs replaced: `http://user:secret@mirror/debian`
 * becomes `http://***@mirror/debian`. Runs on every log line, in time linear in the text.
 *
 * A password may contain blanks and quotes, so everything up to the last `@` of the authority is
 * hidden. In a line of JSON, the authority ends with its string.
 */
export function withoutCredentials(text: string): string {
  const isJson = text.startsWith('{');
  let shown = '';
  let copied = 0;
  let marker = text.indexOf(AUTHORITY_START);
  while (marker !== -1) {
    const start = marker + AUTHORITY_START.length;
    const end = authorityEnd(text, start, isJson);
    const at = text.slice(start, end).lastIndexOf('@');
    if (at !== -1 && /[a-z0-9+.-]/i.test(text.charAt(marker - 1))) {
      shown += `${text.slice(copied, start)}***`;
      copied = start + at;
    }
    marker = text.indexOf(AUTHORITY_START, end);
  }
  return shown + text.slice(copied);
}

function authorityEnd(text: string, start: number, isJson: boolean): number {
  AUTHORITY_END.lastIndex = start;
  for (let match = AUTHORITY_END.exec(text); match !== null; match = AUTHORITY_END.exec(text)) {
    // JSON escapes that a URL in a configuration may contain: a quote, a line break, a tab.
    if (match[0] === '\\' && /["nrt]/.test(text.charAt(match.index + 1))) {
      AUTHORITY_END.lastIndex++;
    } else if (match[0] !== '"' || isJson) {
      return match.index;
    }
  }
  return text.length;
}
