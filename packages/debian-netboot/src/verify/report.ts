import { type NetbootError } from '../errors.js';
import { type StoredFile } from '../store/manifest.js';

/** Something that is wrong with a generation. */
export interface VerifyProblem {
  /** What it is about: a file's name, or an image. */
  readonly subject: string;
  readonly error: NetbootError;
  /** The damaged file, if it is one that can be fetched again. */
  readonly file?: StoredFile;
}

/** What a check of one generation has found. */
export interface GenerationReport {
  readonly id: string;
  /** So many files were read to their end. */
  readonly files: number;
  /** Their bytes. */
  readonly bytes: number;
  /** Images that nothing vouches for, as someone has chosen: `trixie amd64 text`. */
  readonly unsigned: readonly string[];
  /**
   * Daily builds, which are trusted by TLS only: their files are those of the list that a server has
   * given, and that it was that server cannot be checked again.
   */
  readonly tls: readonly string[];
  /** Empty if all is well. */
  readonly problems: readonly VerifyProblem[];
}
