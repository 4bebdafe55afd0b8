import { type Dispatcher } from 'undici';

/** Options of a mirror source. */
export interface MirrorSourceOptions {
  /**
   * Debian mirrors in order of preference: URLs of the directories with `dists` and `pool`. If one lacks a
   * file, the next is used.
   *
   * @default ['http://ftp.debian.org/debian'], and ['http://archive.debian.org/debian'] for
   *   archived suites
   */
  readonly mirrors?: readonly string[];
  /**
   * Connections to use, for custom proxies or certificates.
   *
   * @default direct connections, or through the proxies in `http_proxy`, `https_proxy` and `no_proxy`;
   *   tunnels are used only for https
   */
  readonly dispatcher?: Dispatcher;
  /**
   * Maximum number of concurrent downloads. A higher value uses more connections and memory.
   *
   * @default 4
   */
  readonly concurrency?: number;
  /**
   * Maximum number of retries per request.
   *
   * @default 4
   */
  readonly retries?: number;
  /**
   * Pause before the first retry, in milliseconds; doubled for each further one.
   *
   * @default 500
   */
  readonly retryDelayMs?: number;
  /**
   * Time limit for connecting, in milliseconds.
   *
   * @default 5000
   */
  readonly connectTimeoutMs?: number;
  /**
   * Timeout for the response headers, in milliseconds.
   *
   * @default 30000
   */
  readonly answerTimeoutMs?: number;
  /**
   * Minimum speed of a download in bytes per second, on average over
   * {@link MirrorSourceOptions.speedWindowMs}; a slower connection is replaced.
   *
   * @default 1024
   */
  readonly minBytesPerSecond?: number;
  /**
   * Time over which the speed is measured, and after which a silent connection is closed, in
   * milliseconds.
   *
   * @default 30000
   */
  readonly speedWindowMs?: number;
  /**
   * Maximum number of redirects per request. Redirects from https to http are never followed.
   *
   * @default 5
   */
  readonly maxRedirects?: number;
  /**
   * PEM certificates of private CAs, or of proxies that intercept TLS. Trusted in addition to those
   * that Node.js trusts. Ignored if a dispatcher is given.
   *
   * @default none
   */
  readonly ca?: string;
}
