import { signal } from '@preact/signals';

import { type Answer, type Problem, type ReadableRoute } from './types.js';

/** Key of the token in the session storage, which the browser discards with the tab. */
const TOKEN_ITEM = 'pxeboot.token';

/**
 * Number of items per page of a list that is read to its end: the maximum that the server allows.
 */
const LIST_PAGE = 500;

/** Token of this tab; undefined without one. */
export const token = signal<string | undefined>(sessionStorage.getItem(TOKEN_ITEM) ?? undefined);

/** Keeps a token until the tab is closed; undefined makes the tab forget it. */
export function keepToken(text: string | undefined): void {
  if (text === undefined) {
    sessionStorage.removeItem(TOKEN_ITEM);
  } else {
    sessionStorage.setItem(TOKEN_ITEM, text);
  }
  token.value = text;
}

/** Thrown when the server refuses a request, or does not answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0 if there was no response. */
  readonly status: number;
  readonly hint: string | undefined;

  constructor(status: number, message: string, hint?: string) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

/** Parameters of a route: those in its path, and those of its query. */
export type Parameters = Readonly<Record<string, string | number | undefined>>;

/**
 * Reads from the API.
 *
 * @param bearer - token to read with. @default that of this tab
 * @throws {@link ApiError} when the server refuses the request, or does not answer
 */
export async function read<Route extends ReadableRoute>(
  route: Route,
  parameters: Parameters = {},
  bearer = token.value,
): Promise<Answer<Route>> {
  // The server checks its responses against the document that the types come from.
  return (await send('GET', urlOf(route, parameters), undefined, bearer)) as Answer<Route>;
}

/**
 * Reads a list to its end.
 *
 * @param readPage - reads the page after a cursor; the first without one
 * @throws {@link ApiError} when the server refuses the request, or does not answer
 */
export async function readPages<Page extends { readonly next?: string }>(
  readPage: (parameters: Parameters) => Promise<Page>,
): Promise<readonly Page[]> {
  const pages: Page[] = [];
  let cursor: string | undefined;
  do {
    const page = await readPage({ limit: LIST_PAGE, cursor });
    pages.push(page);
    cursor = page.next;
  } while (cursor !== undefined);
  return pages;
}

/**
 * Makes a change, and returns the server's response.
 *
 * @param bearer - full token; undefined if the server allows changes without one
 * @throws {@link ApiError} when the server refuses the request, or does not answer
 */
export async function write(
  method: 'POST' | 'PATCH' | 'DELETE',
  route: string,
  parameters: Parameters,
  body: object | undefined,
  bearer: string | undefined,
): Promise<unknown> {
  return send(method, urlOf(route, parameters), body ?? {}, bearer);
}

/**
 * Returns the address of a route, relative to the page, so that a proxy may serve the page and the API below
 * any path. Parameters that are not in the path form the query.
 */
export function urlOf(route: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  let path = route;
  for (const [name, value] of Object.entries(parameters)) {
    const place = `{${name}}`;
    if (path.includes(place)) {
      path = path.replace(place, encodeURIComponent(String(value)));
    } else if (value !== undefined) {
      query.set(name, String(value));
    }
  }
  return `.${path}${query.size === 0 ? '' : `?${query.toString()}`}`;
}

/** Returns the header field that carries a token. */
export function authorization(bearer: string | undefined): Record<string, string> {
  return bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` };
}

async function send(
  method: string,
  url: string,
  body?: object,
  bearer = token.value,
): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      cache: 'no-store',
      headers: {
        ...authorization(bearer),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError(0, 'the server does not answer');
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const problem = isProblem(answer) ? answer : undefined;
    throw new ApiError(
      response.status,
      problem?.error ?? `unexpected answer: HTTP ${response.status}`,
      problem?.hint,
    );
  }
  return answer;
}

function isProblem(answer: unknown): answer is Problem {
  return typeof answer === 'object' && answer !== null && 'error' in answer;
}
