/**
 * Format of a key's text in the environment or a flag. A `structure` can only be set in the file.
 */
export type KeyKind = 'text' | 'number' | 'duration' | 'boolean' | 'list' | 'structure';

/** Leaf of `pxeboot.yaml`, with its environment variable and flag. */
export interface ConfigKey {
  /** Path in the file, as in `tftp.singlePort`. */
  readonly path: string;
  /** Environment variable, as in `PXEBOOT_TFTP_SINGLE_PORT`. */
  readonly env: string;
  /** Command-line flag, as in `--tftp-single-port`. */
  readonly flag: string;
  readonly kind: KeyKind;
  /** Name of the value in help, as in `address,...`. */
  readonly placeholder: string;
  /** Fixed words that the key accepts; empty if there are none. */
  readonly choices: readonly string[];
  readonly description: string;
  /** Default as written in a flag; undefined if the key is unset, empty or a structure by default. */
  readonly byDefault?: string | undefined;
}
