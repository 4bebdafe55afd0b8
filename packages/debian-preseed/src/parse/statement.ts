/** Place in a file. */
export interface Place {
  /** Line number, from 1. */
  readonly line: number;
  /** Column number, from 1, in UTF-16 code units. */
  readonly column: number;
}

/** A word or value of a statement, with its position in the file. */
export interface Word extends Place {
  readonly text: string;
}

/** Properties of all statements. */
export interface StatementBase extends Place {
  /** Last line of the file that belongs to the statement. */
  readonly lastLine: number;
  /** True if the reader reaches the statement. The installer stops at the first broken one. */
  readonly isRead: boolean;
}

/** A line that answers a question. */
export interface AnswerStatement extends StatementBase {
  readonly type: 'answer';
  /** Package that the question belongs to; `d-i` for the installer's own. */
  readonly owner: Word;
  /** Name of the question, as in `netcfg/get_hostname`. */
  readonly question: Word;
  /** Type of the question as written. The installer ignores it; debconf stores it. */
  readonly valueType: Word;
  /** Value as the reader stores it. */
  readonly value: Word;
}

/** A line that sets the "seen" flag of a question, which determines whether it counts as already asked. */
export interface FlagStatement extends StatementBase {
  readonly type: 'flag';
  readonly owner: Word;
  readonly question: Word;
  /**
   * Value of the flag: `true` sets it, and another word clears it. Without a word, or with several, the
   * installer does nothing, and debconf clears the flag.
   */
  readonly value: Word;
}

/**
 * Reason why a statement cannot be read.
 *
 * - `no-question`: one word only
 * - `no-type`: two words only
 * - `unfinished`: the file ends after a line that a backslash continues, so the installer drops it
 */
export type BrokenReason = 'no-question' | 'no-type' | 'unfinished';

/** A line that is not a statement. */
export interface BrokenStatement extends StatementBase {
  readonly type: 'broken';
  readonly reason: BrokenReason;
  /** Text of the joined line. */
  readonly text: string;
}

/** Meaning of one line, or of several that backslashes join. */
export type Statement = AnswerStatement | FlagStatement | BrokenStatement;

/** A blank line or a comment. */
export interface IdleLine {
  readonly type: 'blank' | 'comment';
  readonly line: number;
}

/** A parsed preseed file. */
export interface ParsedPreseed {
  /** Program whose rules were applied. */
  readonly reader: PreseedReader;
  /** All statements, in the order of the file. */
  readonly statements: readonly Statement[];
  /** Blank lines and comments, including those between joined lines. */
  readonly idleLines: readonly IdleLine[];
}

/**
 * Program that reads the file. The two treat comments, blanks, joined lines and broken lines differently.
 *
 * - `installer`: the script in Debian's installer
 * - `debconf`: `debconf-set-selections` on an installed system. The installer passes it all lines whose owner
 *   is not `d-i`, already joined.
 */
export type PreseedReader = 'installer' | 'debconf';
