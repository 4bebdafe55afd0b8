/** Options of the apt source. */
export interface AptSourceOptions {
  /**
   * Program to run.
   *
   * @default 'apt-get', found on the PATH
   */
  readonly aptGet?: string;
  /**
   * Mirror for every suite.
   *
   * @default the host's own Debian mirror, otherwise `http://ftp.debian.org/debian`
   */
  readonly mirror?: string;
  /**
   * Directory for apt's lists and downloaded packages. Packages in a configured directory are kept; those in
   * the default one are removed once their content is in the store.
   *
   * @default a directory of the store
   */
  readonly cacheDirectory?: string;
}
