import { type SourceSpan } from '../../diagnostics/diagnostic.js';
import { type ByteString } from '../../text/encoding.js';
import { MAX_LINE_BYTES } from './limits.js';

/** Line as syslinux reads it with fgets: at most 4095 bytes. */
export interface SourceLine {
  /** Text up to the first CR, LF or NUL, as used by directives. */
  readonly text: ByteString;
  /** Text up to the first NUL, including the line end, as used by help texts. */
  readonly raw: ByteString;
  readonly span: SourceSpan;
  /** True for the rest of a line that was too long. */
  readonly isTail: boolean;
}

/** Reads a file line by line, like fgets with a buffer of 4096 bytes. */
export class FileCursor {
  readonly name: string;
  readonly #text: ByteString;
  #offset = 0;
  #line = 1;
  #lineStart = 0;
  /** End of the line at the offset, kept so that a long line is scanned only once. */
  #lineEnd = 0;

  constructor(name: string, text: ByteString) {
    this.name = name;
    this.#text = text;
  }

  /** Returns the next line; undefined at the end of the file. */
  next(): SourceLine | undefined {
    const start = this.#offset;
    if (start >= this.#text.length) {
      return undefined;
    }
    if (start >= this.#lineEnd) {
      const newline = this.#text.indexOf('\n', start);
      this.#lineEnd = newline < 0 ? this.#text.length : newline + 1;
    }
    const lineEnd = this.#lineEnd;
    const end = Math.min(lineEnd, start + MAX_LINE_BYTES);
    const hasNewline = this.#text.charAt(end - 1) === '\n';
    const span: SourceSpan = {
      file: this.name,
      line: this.#line,
      column: start - this.#lineStart + 1,
      length: (hasNewline ? end - 1 : end) - start,
    };
    this.#offset = end;
    if (hasNewline) {
      this.#line += 1;
      this.#lineStart = end;
    }
    const chunk = this.#text.slice(start, end);
    const raw = before(chunk, '\0');
    return { text: before(before(raw, '\r'), '\n'), raw, span, isTail: span.column > 1 };
  }
}

function before(text: string, end: string): string {
  const index = text.indexOf(end);
  return index < 0 ? text : text.slice(0, index);
}
