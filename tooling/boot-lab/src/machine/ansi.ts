/**
 * Sequences that a terminal executes instead of showing (ECMA-48): CSI sequences, operating system
 * commands, character set selections, other two-character escapes, and control characters except
 * newline.
 */
const CONTROL_SEQUENCES =
  // eslint-disable-next-line no-control-regex -- control characters are what this removes
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]+[0-~]|\x1b[0-Z\\^-~]|[\x00-\x09\x0b-\x1f\x7f]/g;

/** Start of a sequence that later bytes may complete. */
// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const INCOMPLETE_SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*|[ -/]*)$/;

/** Returns the text without sequences that only move the cursor or set colours. */
export function stripAnsi(text: string): string {
  return text.replace(CONTROL_SEQUENCES, '');
}

/** Strips a stream that arrives in pieces. A piece may end within a sequence. */
export class AnsiStripper {
  #rest = '';

  /**
   * Returns the plain text of this piece. An unfinished sequence at its end is kept for the next
   * piece.
   */
  push(piece: string): string {
    const text = this.#rest + piece;
    const cut = INCOMPLETE_SEQUENCE.exec(text)?.index ?? text.length;
    this.#rest = text.slice(cut);
    return stripAnsi(text.slice(0, cut));
  }
}
