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

/**
 * Extra entry in a report:
 *
 * - `signed`: the archive's signature vouches for its package
 * - `pinned`: the selection names the hashes of all its files
 * - `recorded`: only the store vouches for a file, which has the hash that the local file had, or one that is
 *   no longer selected
 */
export interface ReportedEntry {
  readonly id: string;
  readonly proof: 'signed' | 'pinned' | 'recorded';
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
   * Daily builds, which only TLS vouches for. Their files are checked against the list, but the origin of the
   * list cannot be verified again.
   */
  readonly tls: readonly string[];
  /** Extra entries of the generation that have evidence, and what vouches for each. */
  readonly entries: readonly ReportedEntry[];
  /** Empty if the generation is intact. */
  readonly problems: readonly VerifyProblem[];
}
