import { computed, signal } from '@preact/signals';

import { ApiError, keepToken, type Parameters, read, token, write } from '../api/client.js';
import { type Answer, type ReadableRoute, type Server } from '../api/types.js';

/** Information about the server; undefined until it is known. */
export const server = signal<Server | undefined>(undefined);

/** State of the whole page: `open` shows the pages, `signIn` asks for a token. */
export const gate = signal<'loading' | 'open' | 'signIn' | 'failed'>('loading');

/** Reason why the page asks for a token or cannot be shown. */
export const gateReason = signal<string | undefined>(undefined);

/** Name that the daemon records as the author of changes made here. */
export const BY = { by: 'the dashboard' } as const;

/** Callback of the open dialog that asks for the full token; undefined while it is closed. */
export const tokenRequest = signal<((bearer: string | undefined) => void) | undefined>(undefined);

/**
 * True if buttons for changes are shown: this tab may make changes, or can still get the token. Someone with
 * a read-only token chose it on purpose, so no dialog asks them for another one.
 */
export const offersChanges = computed(() => {
  const changes = server.value?.access.changes;
  return changes === 'allowed' || (changes === 'token' && token.value === undefined);
});

/** Reads the information about the server, and with it whether this tab may read. */
export async function readServer(): Promise<void> {
  try {
    server.value = await read('/api/v1/server');
    gate.value = 'open';
    gateReason.value = undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
    if (error.status === 401 || error.status === 429) {
      askToSignIn(error);
    } else if (server.value === undefined) {
      gate.value = 'failed';
      gateReason.value = error.message;
    }
  }
}

function askToSignIn({ status, message }: ApiError): void {
  const isWrong = status === 401 && token.value !== undefined;
  keepToken(undefined);
  gate.value = 'signIn';
  gateReason.value = isWrong ? 'The server does not know this token.' : undefined;
  if (status === 429) {
    gateReason.value = sentence(message);
  }
}

/** Signs in with a token. */
export async function signIn(bearer: string): Promise<void> {
  keepToken(bearer);
  await readServer();
}

/** Forgets the token, and shows what is readable without one. */
export async function signOut(): Promise<void> {
  keepToken(undefined);
  server.value = undefined;
  gate.value = 'loading';
  await readServer();
}

/**
 * Makes a change, after asking for the full token if this tab does not have it.
 *
 * @returns the response; undefined if the dialog was cancelled
 * @throws {@link ApiError} when the server refuses the change
 */
export async function change(
  method: 'POST' | 'PATCH' | 'DELETE',
  route: string,
  parameters: Parameters = {},
  body: object = {},
): Promise<{ readonly answer: unknown } | undefined> {
  return (await hasFullToken())
    ? { answer: await write(method, route, parameters, body, token.value) }
    : undefined;
}

/**
 * Reads a route that requires the full token. Asks for the token if this tab does not have it.
 *
 * @returns the response; undefined if the dialog was cancelled
 * @throws {@link ApiError} when the server refuses the request, or does not answer
 */
export async function readPrivate<Route extends ReadableRoute>(
  route: Route,
  parameters: Parameters = {},
): Promise<Answer<Route> | undefined> {
  return (await hasFullToken()) ? read(route, parameters) : undefined;
}

/** Returns true if this tab has the full token, after asking for it. */
async function hasFullToken(): Promise<boolean> {
  return server.value?.access.rights === 'full' || askForToken();
}

/** Asks for the full token; returns false if the dialog was cancelled. */
async function askForToken(): Promise<boolean> {
  const bearer = await new Promise<string | undefined>((resolve) => {
    tokenRequest.value = resolve;
  });
  tokenRequest.value = undefined;
  return bearer !== undefined;
}

/**
 * Tries a token that the user entered for changes.
 *
 * @returns why it does not allow changes; undefined if it does
 */
export async function tryToken(bearer: string): Promise<string | undefined> {
  try {
    // The tab keeps its own token in the meantime, so that its other requests continue.
    const answer = await read('/api/v1/server', {}, bearer);
    if (answer.access.rights !== 'full') {
      return 'This token is read-only.';
    }
    keepToken(bearer);
    server.value = answer;
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) {
      return error.status === 401
        ? 'The server does not know this token.'
        : sentence(error.message);
    }
    throw error;
  }
}

/** Returns a message as a sentence: with a capital letter and a full stop. */
export function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
