import { type IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

import { isLoopback } from '../access/source-group.js';
import { type AdminTokens, type Rights } from './admin-tokens.js';
import { createFailedTokens } from './failed-tokens.js';

/** Facts about a request that decide whether it is answered. */
export interface AccessRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Plain address of the client. */
  readonly address: string;
  /** True for routes open to anyone. */
  readonly isOpen: boolean;
  /** Rights of the request's token, or of the control socket; undefined if the request has none. */
  readonly rights: Rights | undefined;
}

/** Settings that decide which requests are answered. */
export interface AccessSettings extends AdminTokens {
  /**
   * Names accepted in `Host`, in addition to addresses, `localhost` and the name of this host. They are also
   * accepted in `Origin`, with any port, so pages served under these names may make changes.
   */
  readonly hosts?: readonly string[] | undefined;
}

/** Refusal of a request. */
export interface AccessRefusal {
  readonly status: 401 | 403 | 415 | 421 | 429;
  readonly error: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Methods of requests that change something. */
export const CHANGING: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Host with an optional port, without other parts of a URL such as a user name. */
const HOST = /^[^\s/?#@\\]+$/;

/**
 * Creates the check that decides which requests are allowed. Open routes and the control socket need no
 * token. Other reads need one unless the client is on loopback, without a proxy. Changes need the full token.
 * A request that needs a token is refused if that token is not set.
 *
 * A page that the administrator opens in a browser may send requests, too, so `Host`, `Origin` and
 * `Content-Type` are checked. A page that points its own name at this host (DNS rebinding) sends that name in
 * `Host`; one from another site sends that site in `Origin`, and cannot send JSON without a preflight
 * request.
 *
 * @param settings - returns the settings in force, for each request
 * @returns a function that returns the refusal of a request; undefined if the request is allowed
 */
export function createAccessControl(
  settings: () => AccessSettings,
): (request: AccessRequest) => AccessRefusal | undefined {
  const failedTokens = createFailedTokens();

  function refuseToken(
    { headers, address, rights }: AccessRequest,
    isChange: boolean,
  ): AccessRefusal | undefined {
    const { authorization } = headers;
    if (failedTokens.isBlocked(address)) {
      return {
        status: 429,
        error: 'too many wrong tokens from this address; try again in a minute',
        headers: { 'Retry-After': '60' },
      };
    }
    if (rights === undefined) {
      if (authorization !== undefined) {
        failedTokens.failed(address);
      }
      const unset = unsetToken(isChange);
      if (unset !== undefined) {
        return { status: 403, error: unset };
      }
      const key = isChange ? 'admin.token' : 'admin.token or admin.readToken';
      return {
        status: 401,
        error: `expected "Authorization: Bearer TOKEN" with the value of ${key}`,
        headers: { 'WWW-Authenticate': 'Bearer' },
      };
    }
    return isChange && rights === 'read'
      ? { status: 403, error: 'admin.readToken is read-only; changes need admin.token' }
      : undefined;
  }

  /** Returns the reason why no token can allow a request; undefined if one can. */
  function unsetToken(isChange: boolean): string | undefined {
    const { token, readToken } = settings();
    if (token !== undefined || (readToken !== undefined && !isChange)) {
      return undefined;
    }
    return isChange
      ? 'this server has no admin.token; set it to allow changes (PXEBOOT_ADMIN_TOKEN or admin.tokenFile)'
      : 'this server has no admin.token or admin.readToken, so this can be read only on its own host; set one (PXEBOOT_ADMIN_TOKEN or admin.tokenFile)';
  }

  function refuseHost({ host = '' }: IncomingHttpHeaders): AccessRefusal | undefined {
    const name = HOST.test(host) ? hostOf(`http://${host}`)?.name : undefined;
    const names = ['localhost', hostname(), ...(settings().hosts ?? [])];
    if (name !== undefined && (isAddress(name) || isOneOf(name, names))) {
      return undefined;
    }
    return {
      status: 421,
      error: 'the Host header names neither an address nor this host; list its name in admin.hosts',
    };
  }

  function refuseChange({ headers }: AccessRequest): AccessRefusal | undefined {
    const { origin, host = '' } = headers;
    if (!/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '')) {
      return { status: 415, error: 'changes need "Content-Type: application/json"' };
    }
    if (origin === undefined) {
      return undefined;
    }
    const from = hostOf(origin);
    const isOwn =
      from !== undefined &&
      (from.name === hostOf(`http://${host}`)?.name
        ? from.port === hostOf(`${new URL(origin).protocol}//${host}`)?.port
        : isOneOf(from.name, settings().hosts ?? []));
    return isOwn
      ? undefined
      : { status: 403, error: 'pages from other sites cannot make changes (Origin)' };
  }

  return (request) => {
    const isChange = CHANGING.has(request.method);
    if (request.isOpen && !isChange) {
      return undefined;
    }
    if (request.rights === 'socket') {
      return isChange ? refuseChange(request) : undefined;
    }
    if (isChange) {
      return refuseToken(request, true) ?? refuseHost(request.headers) ?? refuseChange(request);
    }
    const isTokenless =
      request.headers.authorization === undefined &&
      isLoopback(request.address) &&
      !isForwarded(request.headers);
    return isTokenless ? refuseHost(request.headers) : refuseToken(request, false);
  };
}

/** Returns true if a proxy has forwarded the request: the client may then be anywhere. */
function isForwarded(headers: IncomingHttpHeaders): boolean {
  return ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some(
    (name) => headers[name] !== undefined,
  );
}

function hostOf(url: string): { readonly name: string; readonly port: string } | undefined {
  if (!URL.canParse(url)) {
    return undefined;
  }
  const { hostname: name, port } = new URL(url);
  return { name, port };
}

/**
 * Returns true if the list contains the name, which is in lower case; the names in the list may be in any
 * case.
 */
function isOneOf(name: string, names: readonly string[]): boolean {
  return names.some((known) => known.toLowerCase() === name);
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}
