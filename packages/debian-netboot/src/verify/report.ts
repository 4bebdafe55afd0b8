import { type NetbootError } from '../errors.js';
import { type StoredFile } from '../store/manifest.js';

/** Problem of a generation. */
export interface VerifyProblem {
  /** Name of the affected file or image. */
  readonly subject: string;
  readonly error: NetbootError;
  /** Damaged file, if it can be fetched again. */
  readonly file?: StoredFile;
}

/** Result of checking a generation. */
export interface GenerationReport {
  readonly id: string;
  /** Number of files that were read. */
  readonly files: number;
  /** Their total size in bytes. */
  readonly bytes: number;
  /** Unsigned images that were accepted: `trixie amd64 text`. */
  readonly unsigned: readonly string[];
  /**
   * Daily builds, which are trusted by TLS only: their files match the list, but its origin cannot
   * be verified again.
   */
  readonly tls: readonly string[];
  /** Empty if the generation is intact. */
  readonly problems: readonly VerifyProblem[];
}
