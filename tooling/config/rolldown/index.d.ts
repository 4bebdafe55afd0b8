/** Inputs of {@link bundleCommandLine}. */
export interface CommandLineOptions {
  /** Module whose name, with the extension `.cjs`, is that of the program. */
  readonly entry: string;
  readonly directory: string;
  /** Packages to load at run time. */
  readonly external: readonly string[];
  readonly hasSourceMaps: boolean;
}

/** Bundles a command line, and returns the folders of the npm packages that it contains. */
export function bundleCommandLine(options: CommandLineOptions): Promise<readonly string[]>;
