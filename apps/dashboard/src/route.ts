/** Page with its parameter, taken from the part of the address after `#`. */
export type Route =
  | { readonly page: 'overview' | PlainPage }
  | { readonly page: 'machine'; readonly machine: string }
  | { readonly page: 'host'; readonly host: string }
  | { readonly page: 'menu'; readonly machine: string | undefined }
  | { readonly page: 'unknown' };

const PLAIN_PAGES = ['boots', 'machines', 'hosts', 'images', 'metrics', 'settings'] as const;
type PlainPage = (typeof PLAIN_PAGES)[number];

/** Returns the page that a fragment such as `#/machines/52:54:00:12:34:56` names. */
export function routeOf(fragment: string): Route {
  const [name = '', parameter, ...rest] = fragment.replace(/^#?\/?/, '').split('/');
  if (name === '' && parameter === undefined) {
    return { page: 'overview' };
  }
  if (parameter !== undefined && parameter !== '' && rest.length === 0) {
    switch (name) {
      case 'machines':
        return { page: 'machine', machine: decoded(parameter) };
      case 'hosts':
        return { page: 'host', host: decoded(parameter) };
      case 'menu':
        return { page: 'menu', machine: decoded(parameter) };
      default:
        return { page: 'unknown' };
    }
  }
  if (name === 'menu' && parameter === undefined) {
    return { page: 'menu', machine: undefined };
  }
  const page = PLAIN_PAGES.find((known) => known === name);
  return page === undefined || parameter !== undefined ? { page: 'unknown' } : { page };
}

/** Returns the link to a page. */
export function linkTo(page: 'overview' | 'menu' | PlainPage, parameter?: string): string {
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
