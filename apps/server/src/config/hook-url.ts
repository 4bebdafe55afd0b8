/** Returns the URL of a hook without its path and query: they may be all that a caller needs. */
export function shownHookUrl(url: string): string {
  const { origin, href } = new URL(url);
  return href === `${origin}/` ? url : `${origin}/(hidden)`;
}
