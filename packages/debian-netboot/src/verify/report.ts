import { type NetbootError } from '../errors.js';
import { type StoredFile } from '../store/manifest.js';

/** Problem found in a generation. */
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
  /** Number of files in the generation and its evidence. */
  readonly files: number;
  /** Total size of these files, in bytes. */
  readonly bytes: number;
  /** Images that are declared unsigned, accepted or not: `trixie amd64 text`. */
  readonly unsigned: readonly string[];
  /**
   * Daily builds, which are trusted by TLS only: their files are checked against the list, but the origin of
   * the list cannot be verified again.
   */
  readonly tls: readonly string[];
  /** Empty if the generation is intact. */
  readonly problems: readonly VerifyProblem[];
}
