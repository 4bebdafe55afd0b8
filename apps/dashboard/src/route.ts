/** Page with its parameter, taken from the part of the address after `#`. */
export type Route =
  | { readonly page: 'overview' | 'boots' | 'machines' | 'images' }
  | { readonly page: 'machine'; readonly machine: string }
  | { readonly page: 'unknown' };

const PLAIN_PAGES = ['boots', 'machines', 'images'] as const;

/** Returns the page that a fragment such as `#/machines/52:54:00:12:34:56` names. */
export function routeOf(fragment: string): Route {
  const [name = '', parameter, ...rest] = fragment.replace(/^#?\/?/, '').split('/');
  if (name === '' && parameter === undefined) {
    return { page: 'overview' };
  }
  if (name === 'machines' && parameter !== undefined && parameter !== '' && rest.length === 0) {
    return { page: 'machine', machine: decoded(parameter) };
  }
  const page = PLAIN_PAGES.find((known) => known === name);
  return page === undefined || parameter !== undefined ? { page: 'unknown' } : { page };
}

/** Returns the link to a page. */
export function linkTo(
  page: 'overview' | (typeof PLAIN_PAGES)[number],
  parameter?: string,
): string {
  const path = page === 'overview' ? '' : page;
  return parameter === undefined ? `#/${path}` : `#/${path}/${encodeURIComponent(parameter)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // People may edit addresses: a lone % is then just a character.
    return text;
  }
}
