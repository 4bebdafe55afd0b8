/**
 * A text without the user names and passwords of the URLs in it: `http://user:secret@mirror/debian`
 * becomes `http://***@mirror/debian`.
 */
export function withoutCredentials(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'\\]*@/gi, '$1***@');
}
