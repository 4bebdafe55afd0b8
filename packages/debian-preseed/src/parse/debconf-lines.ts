import { skipBlanks } from '../text/text.js';
import { fileLines, type JoinedLine, type JoinedLines, LogicalLine } from './logical-line.js';
import { type IdleLine } from './statement.js';

/**
 * Reads lines as the `debconf-set-selections` of an installed system does: it first joins lines, without
 * adding or dropping blanks, and then drops blank lines and comments. A comment may be indented, and a
 * backslash continues it.
 */
export function readDebconfLines(text: string): JoinedLines {
  const lines: JoinedLine[] = [];
  const idleLines: IdleLine[] = [];
  const input = fileLines(text).map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  let open: LogicalLine | undefined;
  let firstLine = 1;
  for (const [index, part] of input.entries()) {
    const line = index + 1;
    firstLine = open === undefined ? line : firstLine;
    open ??= new LogicalLine({ line, column: 1 });
    const isContinued = part.endsWith('\\') && line < input.length;
    open.append(isContinued ? part.slice(0, -1) : part, { line, column: 1 });
    if (isContinued) {
      continue;
    }
    const content = open;
    open = undefined;
    const from = skipBlanks(content.text, 0);
    if (from < content.text.length && content.text.charAt(from) !== '#') {
      lines.push({ content, lastLine: line, isFinished: true });
      continue;
    }
    const type = from === content.text.length ? 'blank' : 'comment';
    for (let idle = firstLine; idle <= line; idle += 1) {
      idleLines.push({ type, line: idle });
    }
  }
  return { lines, idleLines };
}
