import { type IdleLine, type Place } from './statement.js';

/** Stretch of a logical line that is contiguous in the file. */
interface Stretch extends Place {
  /** Offset of the stretch in the logical line. */
  readonly offset: number;
}

/** One logical line, made of one or more lines of the file; knows where each part was. */
export class LogicalLine {
  readonly #stretches: Stretch[] = [];
  readonly #start: Place;
  #text = '';

  /** @param start - place of the logical line, even if none of the file's text gets into it */
  constructor(start: Place) {
    this.#start = start;
  }

  /** Text so far. */
  get text(): string {
    return this.#text;
  }

  /** Appends text of the file, with the place of its first character. */
  append(text: string, place: Place): void {
    this.#stretches.push({ offset: this.#text.length, line: place.line, column: place.column });
    this.#text += text;
  }

  /** Appends text that is not in the file. */
  insert(text: string): void {
    this.#text += text;
  }

  /** Returns the place in the file of a character of the logical line. */
  placeOf(offset: number): Place {
    const {
      line,
      column,
      offset: from,
    } = this.#stretches.findLast((stretch) => stretch.offset <= offset) ?? {
      ...this.#start,
      offset,
    };
    return { line, column: column + offset - from };
  }
}

/** A logical line as a reader returns it. */
export interface JoinedLine {
  readonly content: LogicalLine;
  /** Number of the last line of the file that belongs to the logical line. */
  readonly lastLine: number;
  /** False if the file ends where another line should follow. */
  readonly isFinished: boolean;
}

/** All logical lines of a file. */
export interface JoinedLines {
  readonly lines: readonly JoinedLine[];
  /** Blank lines and comments. */
  readonly idleLines: readonly IdleLine[];
}

/** Splits a file into its lines, without line feeds. A line feed at the end does not begin a line. */
export function fileLines(text: string): readonly string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
