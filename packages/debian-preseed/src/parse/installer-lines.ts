import { skipBlanks, trimBlanksEnd } from '../text/text.js';
import { fileLines, type JoinedLine, type JoinedLines, LogicalLine } from './logical-line.js';
import { type IdleLine, type Place } from './statement.js';

/** Part of a line without carriage returns. */
interface Run extends Place {
  readonly text: string;
}

/**
 * Reads lines as the installer's `debconf-set-selections` does, a shell script around grep and sed that takes
 * these steps:
 *
 * 1. drop lines that begin with `#`, and blank lines, including those between joined lines;
 * 2. drop all carriage returns;
 * 3. drop the blanks at the start of the line;
 * 4. if the line ends in a backslash, drop that and the blanks before it, and join the next line with
 *    one blank. If there is no next line, everything joined so far is dropped.
 */
export function readInstallerLines(text: string): JoinedLines {
  const lines: JoinedLine[] = [];
  const idleLines: IdleLine[] = [];
  let open: LogicalLine | undefined;
  let lastLine = 0;
  for (const piece of pieces(text)) {
    const { line } = piece;
    if (piece.text.startsWith('#')) {
      idleLines.push({ type: 'comment', line });
      continue;
    }
    if (skipBlanks(piece.text, 0) === piece.text.length) {
      idleLines.push({ type: 'blank', line });
      continue;
    }
    const runs = withoutReturns(piece);
    const joined = runs.map((run) => run.text).join('');
    const from = skipBlanks(joined, 0);
    const isContinued = joined.endsWith('\\');
    const content = open ?? new LogicalLine(placeIn(runs, from));
    if (content.text !== '') {
      content.insert(' ');
    }
    appendRuns(content, runs, from, endOf(joined, from, isContinued));
    lastLine = line;
    if (!isContinued) {
      lines.push({ content, lastLine, isFinished: true });
    }
    // A backslash alone does not start a logical line.
    open = isContinued && content.text !== '' ? content : undefined;
  }
  if (open !== undefined) {
    lines.push({ content: open, lastLine, isFinished: false });
  }
  return { lines, idleLines };
}

/** Returns the lines of the file; a NUL also ends a line. */
function pieces(text: string): Run[] {
  return fileLines(text).flatMap((whole, index) => {
    let column = 1;
    return whole.split('\0').map((piece) => {
      const run = { text: piece, line: index + 1, column };
      column += piece.length + 1;
      return run;
    });
  });
}

function withoutReturns({ text, line, column }: Run): Run[] {
  let at = column;
  return text.split('\r').map((part) => {
    const run = { text: part, line, column: at };
    at += part.length + 1;
    return run;
  });
}

/** Returns the end offset of the part of a line that the script keeps. */
function endOf(joined: string, from: number, isContinued: boolean): number {
  if (isContinued) {
    return Math.max(from, trimBlanksEnd(joined.slice(0, -1)).length);
  }
  // The script prints each line with echo, which treats these as options.
  return /^-[neE]+$/.test(joined) ? from : joined.length;
}

/** Appends to `content` the part of a line between two offsets. */
function appendRuns(content: LogicalLine, runs: readonly Run[], from: number, to: number): void {
  let offset = 0;
  for (const { text, line, column } of runs) {
    const start = Math.max(from - offset, 0);
    const part = text.slice(start, Math.max(to - offset, 0));
    if (part !== '') {
      content.append(part, { line, column: column + start });
    }
    offset += text.length;
  }
}

/** Returns the place of a character of a line. */
function placeIn(runs: readonly Run[], from: number): Place {
  const line = new LogicalLine({ line: 1, column: 1 });
  appendRuns(line, runs, 0, from + 1);
  return line.placeOf(from);
}
