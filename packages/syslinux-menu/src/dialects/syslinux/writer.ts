import {
  type PathResolver,
  type PathRole,
  type RenderCode,
  type RenderContext,
  type Report,
} from '../../dialect/dialect.js';
import { MAX_FILE_NAME_BYTES, MAX_LINE_BYTES } from '../../syntax/language/limits.js';
import { hasBlank, quoted, utf8Length } from '../../text/text.js';

/** Collects the lines of a syslinux file. Reports a fault for a line that syslinux would split. */
export class SyslinuxWriter {
  readonly report: Report;
  /** Reports why something cannot be written. */
  readonly fault: (code: RenderCode, message: string, path: string) => void;
  readonly #resolve: PathResolver;
  readonly #lines: string[] = [];
  #depth = 0;
  #headings = 0;

  constructor(resolve: PathResolver, { report, fault }: RenderContext) {
    this.#resolve = resolve;
    this.report = report;
    this.fault = fault;
  }

  /** Adds a line, indented by the current depth. `path` is its origin in the model. */
  line(content: string, path: string): this {
    return this.verbatim(`${'  '.repeat(this.#depth)}${content}`, path);
  }

  /** Adds a line unchanged. If it is too long, reports a fault instead. */
  verbatim(line: string, path: string): this {
    const bytes = utf8Length(line);
    if (bytes <= MAX_LINE_BYTES) {
      this.#lines.push(line);
    } else {
      const what = `syslinux would split the line of ${bytes} bytes; the limit is ${MAX_LINE_BYTES}`;
      this.fault('line-too-long', what, path);
    }
    return this;
  }

  /** Calls `write` and indents the lines that it adds. */
  indented(write: () => void): void {
    this.#depth += 1;
    write();
    this.#depth -= 1;
  }

  /**
   * Returns the file name or URL for a path of the menu. If syslinux cannot load it, reports a fault
   * and returns undefined.
   */
  file(value: string, role: PathRole, path: string): string | undefined {
    const name = this.#resolve(value, role);
    if (name === undefined) {
      this.fault('unusable-file-name', `syslinux cannot fetch ${quoted(value)}`, path);
      return undefined;
    }
    const bytes = utf8Length(name);
    const comma = role === 'initrd' && name.includes(',');
    if (bytes > MAX_FILE_NAME_BYTES) {
      const what = `file name ${quoted(name)} has ${bytes} bytes; the limit of syslinux is ${MAX_FILE_NAME_BYTES}`;
      this.fault('file-name-too-long', what, path);
    } else if (name === '' || hasBlank(name) || isCutAtHash(name) || comma) {
      const what = `file name ${quoted(name)} is empty, contains whitespace or a comma, or a "#" in a URL, where syslinux truncates it`;
      this.fault('unusable-file-name', what, path);
    } else {
      return name;
    }
    return undefined;
  }

  /** Returns a LABEL for a heading; it differs from every id that a menu can have. */
  nextHeadingId(): string {
    this.#headings += 1;
    return `..heading-${this.#headings}`;
  }

  /** Returns the text of the file, in which every line ends in LF. */
  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

/** Returns true if pxelinux truncates the name at a "#", which it does only in URLs. */
function isCutAtHash(name: string): boolean {
  return name.includes('://') && name.includes('#');
}
