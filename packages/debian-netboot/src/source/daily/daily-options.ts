/** Options for daily installer builds. */
export interface DailyBuildOptions {
  /**
   * URL of the directory with one subdirectory per architecture. https only, since only the
   * server's certificate vouches for these images.
   *
   * @default 'https://d-i.debian.org/daily-images'
   */
  readonly url?: string;
  /**
   * PEM certificates of private CAs, or of proxies that intercept TLS. Trusted in addition to those
   * that Node.js trusts.
   *
   * @default none
   */
  readonly ca?: string;
}
