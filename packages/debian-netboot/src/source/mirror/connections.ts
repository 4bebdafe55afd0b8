import { X509Certificate } from 'node:crypto';
import { type LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';

import { type Dispatcher, EnvHttpProxyAgent } from 'undici';

import { NetbootError } from '../../errors.js';

/** How connections are made. */
export interface ConnectionOptions {
  /** A connection has to be made within this time, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Certificates in PEM that are trusted besides those that Node.js trusts. */
  readonly ca: readonly string[];
  /**
   * Resolves the names that direct connections are made to; a proxy resolves its own.
   *
   * @default the system's resolver
   */
  readonly lookup?: LookupFunction;
  /**
   * Check certificates even where `NODE_TLS_REJECT_UNAUTHORIZED` switches that off: for content that
   * nothing else vouches for.
   *
   * @default false
   */
  readonly checksCertificates?: boolean;
}

/**
 * Opens connections to web servers: direct ones, or by the proxies that `http_proxy`, `https_proxy` and
 * `no_proxy` name.
 *
 * @throws NetbootError `ERR_NETBOOT_INVALID_PROXY`
 */
export function openConnections({
  connectTimeoutMs,
  ca,
  lookup,
  checksCertificates = false,
}: ConnectionOptions): Dispatcher {
  const connect = {
    ...(checksCertificates && { rejectUnauthorized: true }),
    timeout: connectTimeoutMs,
    // One address is left for the next one after this time. Node's own 250 ms leave a slow IPv4 address
    // between two dead IPv6 ones, too.
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: Math.max(250, Math.floor(connectTimeoutMs / 4)),
    ...(ca.length > 0 && { ca: [...rootCertificates, ...ca] }),
  };
  try {
    // A proxy is asked for http URLs, as apt and curl ask it, and to open a tunnel for https only:
    // many refuse tunnels to port 80, and one that caches could not.
    return new EnvHttpProxyAgent({
      connect: { ...connect, ...(lookup && { lookup }) },
      proxyTls: connect,
      requestTls: connect,
      proxyTunnel: false,
    });
  } catch {
    // The cause is left out: it holds the proxy's URL, with the password in it.
    throw new NetbootError(
      'ERR_NETBOOT_INVALID_PROXY',
      'http_proxy or https_proxy is not the URL of a proxy',
      { hint: 'write it like http://proxy.example:3128; % is %25, @ is %40 in a password' },
    );
  }
}

const BEGIN = '-----BEGIN CERTIFICATE-----';

/**
 * Reads the certificates of a PEM file.
 *
 * @throws NetbootError `ERR_NETBOOT_INVALID_CA`
 */
export function parseCertificates(pem: string): readonly string[] {
  const certificates = pem
    .split(BEGIN)
    .slice(1)
    .map((rest) => BEGIN + rest);
  try {
    if (certificates.length === 0) {
      throw new Error('it holds no certificate');
    }
    return certificates.map((certificate) => new X509Certificate(certificate).toString());
  } catch (cause) {
    throw new NetbootError('ERR_NETBOOT_INVALID_CA', 'the CA is not a certificate in PEM', {
      hint: 'give a file that has -----BEGIN CERTIFICATE----- in it',
      cause,
    });
  }
}
