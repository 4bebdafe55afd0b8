import { HttpFailure, type PermanentCode } from './http-failure.js';

const TEMPORARY_CODES: ReadonlySet<string> = new Set([
  'ERR_NETBOOT_NETWORK',
  'ERR_NETBOOT_UNREACHABLE',
]);

/** Returns true if the same request would fail again, so that retries are pointless. */
export function isPermanent({ code }: HttpFailure): boolean {
  return !TEMPORARY_CODES.has(code);
}

/** Statuses of temporary client errors (RFC 9110 §15.5, RFC 8470 §5.2, RFC 6585 §4). */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/** Statuses of permanent server errors: not implemented, HTTP version not supported, login required. */
const LASTING: ReadonlySet<number> = new Set([501, 505, 511]);

/** Returns the failure for a status that a retry would not change; `undefined` for any other status. */
export function statusFailure(url: URL, status: number): HttpFailure | undefined {
  const isLasting = (status >= 400 && status < 500 && !PASSING.has(status)) || LASTING.has(status);
  if (!isLasting) {
    return undefined;
  }
  const { code, why, hint } = refusalOf(status);
  return new HttpFailure(code, `${url.href}: status ${status}${why}`, { hint });
}

interface Refusal {
  readonly code: PermanentCode;
  readonly why: string;
  readonly hint: string;
}

function refusalOf(status: number): Refusal {
  switch (status) {
    case 401:
      return {
        code: 'ERR_NETBOOT_UNAUTHORIZED',
        why: ', the mirror requires a valid user name and password',
        hint: "check the credentials in the mirror's URL: http://user:password@mirror.example/debian",
      };
    case 403:
      return {
        code: 'ERR_NETBOOT_FORBIDDEN',
        why: ', the mirror or a proxy refuses the request',
        hint: 'check that the mirror allows this host, and check the proxy in http_proxy and https_proxy',
      };
    case 404:
    case 410:
    case 416:
      return {
        code: 'ERR_NETBOOT_FILE_NOT_FOUND',
        why: '',
        hint: 'check the URL of the mirror. If it is correct, the mirror may be incomplete or in the middle of an update; try again in a minute',
      };
    case 407:
      return PROXY_UNAUTHORIZED;
    case 451:
      return {
        code: 'ERR_NETBOOT_FORBIDDEN',
        why: ', withheld for legal reasons',
        hint: 'use another mirror',
      };
    case 511:
      return {
        code: 'ERR_NETBOOT_FORBIDDEN',
        why: ', the network requires a login',
        hint: 'log in to the network, or use another one',
      };
    default:
      return {
        code: 'ERR_NETBOOT_FORBIDDEN',
        why: ', the server refuses the request',
        hint: 'check the URL of the mirror and its scheme (http or https), and the proxy in http_proxy and https_proxy',
      };
  }
}

const PROXY_UNAUTHORIZED: Refusal = {
  code: 'ERR_NETBOOT_PROXY_UNAUTHORIZED',
  why: ', the proxy requires a valid user name and password',
  hint: 'set them in http_proxy and https_proxy: http://user:password@proxy.example:3128',
};

/** undici's message for a proxy that does not open a tunnel. */
const TUNNEL = /^Proxy response \((\d+)\)/;

/**
 * Returns the failure for a proxy that permanently refuses a tunnel to an https mirror; `undefined` for any
 * other error.
 */
export function tunnelFailure(url: URL, message: string, cause: unknown): HttpFailure | undefined {
  const status = Number(TUNNEL.exec(message)?.[1] ?? Number.NaN);
  if (status === 407) {
    const { code, why, hint } = PROXY_UNAUTHORIZED;
    return new HttpFailure(code, `${url.href}: status 407${why}`, { hint, cause });
  }
  if (!(status >= 400 && status < 500) || PASSING.has(status)) {
    return undefined;
  }
  return new HttpFailure(
    'ERR_NETBOOT_FORBIDDEN',
    `${url.href}: the proxy refuses a tunnel to ${url.host} (status ${status})`,
    { hint: 'allow it in the proxy, add the host to no_proxy, or use an http mirror', cause },
  );
}

const CHECK_CLOCK =
  "check this machine's clock; if it is right, the mirror needs a new certificate";
const TRUST_CA =
  'for a mirror with a private CA, configure the PEM file of that CA (pxeboot: source.ca)';

/** Hints, by error code, for certificate errors that {@link TRUST_CA} would not fix. */
const CERTIFICATE_HINTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: CHECK_CLOCK,
  CERT_NOT_YET_VALID: CHECK_CLOCK,
  ERR_TLS_CERT_ALTNAME_INVALID: 'use a host name that the certificate covers',
  CERT_REVOKED: 'use another mirror; this one needs a new certificate',
};

/**
 * Matches the codes of certificate errors, including those in {@link CERTIFICATE_HINTS}
 * (X509_verify_cert_error_string).
 */
const CERTIFICATE =
  /^(?:CERT_|UNABLE_TO_(?:GET|DECRYPT|DECODE|VERIFY)_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/;

/**
 * Matches the error codes for a server that does not speak TLS, or speaks only versions that Node.js refuses.
 */
const NOT_TLS = /^(?:EPROTO|ERR_SSL_)/;

/** undici's message for a response that is not HTTP, such as a TLS alert. */
const NOT_HTTP = 'Expected HTTP/';

/**
 * Returns the failure of a TLS connection, or of a plain connection to a TLS server; `undefined` for any
 * other error.
 */
export function tlsFailure(
  url: URL,
  message: string,
  code: string | undefined,
  cause: unknown,
): HttpFailure | undefined {
  if (code !== undefined && CERTIFICATE.test(code)) {
    return new HttpFailure(
      'ERR_NETBOOT_CERTIFICATE',
      `the certificate of ${url.host} is invalid (${code})`,
      { hint: CERTIFICATE_HINTS[code] ?? TRUST_CA, cause },
    );
  }
  const isNotTls = code !== undefined && NOT_TLS.test(code);
  if (!isNotTls && !message.includes(NOT_HTTP)) {
    return undefined;
  }
  const text = isNotTls
    ? `the TLS handshake with ${url.host} failed (${code})`
    : `${url.host} does not speak HTTP`;
  const scheme = "check the scheme in the mirror's URL: http or https";
  const hint = isNotTls
    ? `${scheme}; or the server has only TLS versions that Node.js refuses`
    : scheme;
  return new HttpFailure('ERR_NETBOOT_WRONG_SCHEME', text, { hint, cause });
}
