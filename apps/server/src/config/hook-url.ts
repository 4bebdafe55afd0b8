/**
 * Returns the URL of a hook without its path and query, since some receivers accept events from anyone who
 * knows them.
 */
export function shownHookUrl(url: string): string {
  const { origin, href } = new URL(url);
  return href === `${origin}/` ? url : `${origin}/(hidden)`;
}
