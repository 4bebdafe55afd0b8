/** End of a URL's authority (RFC 3986, section 3.2; a backslash counts as a slash in http URLs). */
const AUTHORITY_END = /[/?#\\"\r\n]/g;
const AUTHORITY_START = '://';

/**
 * A text without the user names and passwords of the URLs in it: `http://user:secret@mirror/debian`
 * becomes `http://***@mirror/debian`. It runs on every log line, so its work is linear in the text.
 *
 * A password may hold blanks and quotes: everything up to the last `@` of the authority is hidden,
 * rather too much than too little. In a line of JSON, the authority ends with its string.
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
    // JSON's escapes of what a URL in a configuration may hold: a quote, a line break, a tab.
    if (match[0] === '\\' && /["nrt]/.test(text.charAt(match.index + 1))) {
      AUTHORITY_END.lastIndex++;
    } else if (match[0] !== '"' || isJson) {
      return match.index;
    }
  }
  return text.length;
}
