/** Debian releases whose questions are known. */
export const SUITES = ['bookworm', 'trixie'] as const;

/** A Debian release. */
export type Suite = (typeof SUITES)[number];

/** A question of the installer, or of a package that it installs. */
export interface Question {
  /** Name, as in `netcfg/get_hostname`. */
  readonly name: string;
  /** Releases in which the question was found. */
  readonly suites: readonly Suite[];
  /**
   * Place where the template of the question was found: `initrd`, `udeb`, `source` or `deb` with the name of
   * the package, or `guide` for the example in Debian's installation guide, which has no choices or defaults.
   */
  readonly origin: string;
  /** Type of the value. */
  readonly type: string;
  /** Default value; empty if there is none. */
  readonly defaultValue: string;
  /** Values to choose from; empty if any value is allowed, or if a program determines the choices. */
  readonly choices: readonly string[];
  /** Short description in English; empty if unknown. */
  readonly description: string;
}
