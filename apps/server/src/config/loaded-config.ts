import { type ServerConfig } from './schema.js';

/** Sources of the configuration, in ascending priority: file, environment, flags. */
export interface ConfigInputs {
  /** Value of `--config`; falls back to PXEBOOT_CONFIG, then to the search path. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of each given flag, by key path (`tftp.singlePort`). */
  readonly flags: ReadonlyMap<string, string>;
}

/** Configuration and the place where each of its keys was set. */
export interface LoadedConfig {
  readonly config: ServerConfig;
  /**
   * Source of each key by its path: `pxeboot.yaml:3`, `PXEBOOT_LOG_LEVEL` or `--log-level`. Keys that
   * are not set are absent.
   */
  readonly origins: ReadonlyMap<string, string>;
  /** Path of the configuration file; undefined if there is none. */
  readonly file: string | undefined;
  /** True if that file is empty, without even a comment. */
  readonly isFileBlank: boolean;
  /**
   * Returns the line of a key, or of its closest parent if the file does not contain it; empty without a
   * file.
   */
  readonly sourceOf: (path: readonly PropertyKey[]) => string;
}

/** Settings with the place where each of them was set. */
export type PlacedConfig = Pick<LoadedConfig, 'config' | 'origins'>;
