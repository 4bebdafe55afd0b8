import { type Diagnostic } from '../diagnostic.js';
import { type PathResolver, type PathRole } from '../render-result.js';
import { hasBlank, quoted, utf8Length } from '../text.js';
import { MAX_FILE_NAME_BYTES, MAX_LINE_BYTES } from './limits.js';

/** Findings about lines and file names as they come out. */
export type SyslinuxWriterCode =
  'line-too-long' | 'file-name-too-long' | 'unusable-file-name' | 'command-line-too-long';

/** Gathers the lines of a syslinux file and refuses those that syslinux would not read whole. */
export class SyslinuxWriter {
  readonly #resolve: PathResolver;
  readonly #diagnostics: Diagnostic[];
  readonly #lines: string[] = [];
  #depth = 0;
  #headings = 0;

  constructor(resolve: PathResolver, diagnostics: Diagnostic[]) {
    this.#resolve = resolve;
    this.#diagnostics = diagnostics;
  }

  /** Adds a line, indented by its depth. `path` is where in the model it comes from. */
  line(content: string, path: string): this {
    return this.verbatim(`${'  '.repeat(this.#depth)}${content}`, path);
  }

  /** Adds a line as it is. */
  verbatim(line: string, path: string): this {
    const bytes = utf8Length(line);
    if (bytes > MAX_LINE_BYTES) {
      this.fault(
        'line-too-long',
        path,
        `a line of ${bytes} bytes is read as two by syslinux, which takes ${MAX_LINE_BYTES}; shorten it`,
      );
    }
    this.#lines.push(line);
    return this;
  }

  /** Indents what `write` adds. */
  indented(write: () => void): void {
    this.#depth += 1;
    write();
    this.#depth -= 1;
  }

  /** The file name or URL for a path; reports one that syslinux cannot take. */
  file(value: string, role: PathRole, path: string): string {
    const name = this.#resolve(value, role);
    const bytes = utf8Length(name);
    if (bytes > MAX_FILE_NAME_BYTES) {
      this.fault(
        'file-name-too-long',
        path,
        `file name ${quoted(name)} has ${bytes} bytes; syslinux takes ${MAX_FILE_NAME_BYTES}`,
      );
    }
    const comma = role === 'initrd' && name.includes(',');
    if (name === '' || hasBlank(name) || name.includes('#') || comma) {
      this.fault(
        'unusable-file-name',
        path,
        `file name ${quoted(name)} is empty or has a blank, "#" or comma, where syslinux cuts it`,
      );
    }
    return name;
  }

  /** A LABEL for a heading; no id of a menu can be the same. */
  nextHeadingId(): string {
    this.#headings += 1;
    return `..heading-${this.#headings}`;
  }

  fault(code: SyslinuxWriterCode, path: string, message: string): void {
    this.#diagnostics.push({ severity: 'error', code, message, path });
  }

  /** The file: every line ends in LF. */
  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}
