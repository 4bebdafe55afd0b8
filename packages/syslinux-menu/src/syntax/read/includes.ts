import { type Diagnostic, type SourceSpan } from '../../diagnostics/diagnostic.js';
import { type ByteString } from '../../text/encoding.js';
import { quoted } from '../../text/text.js';
import { FileCursor } from '../language/file-cursor.js';

/**
 * Returns the text of an included file by its name in the menu file; undefined if it does not
 * exist, which syslinux ignores silently.
 */
export type IncludeResolver = (name: ByteString) => ByteString | undefined;

/** Maximum depth of includes. Syslinux documents 16, but 6.x does not check. */
export const MAX_INCLUDE_DEPTH = 16;

/** Maximum number of characters read in total; included files count each time. */
export const MAX_TOTAL_CHARACTERS = 33_554_432;

/** Maximum number of included files. */
export const MAX_INCLUDES = 4096;

/** Codes of findings about includes. */
export type IncludeCode =
  'include-missing' | 'include-cycle' | 'include-too-deep' | 'include-too-much';

/** Opens included files, and stops where syslinux would run out of memory. */
export class Includes {
  readonly #resolve: IncludeResolver;
  readonly #report: (diagnostic: Diagnostic<IncludeCode>) => void;
  readonly #open: string[];
  #characters: number;
  #count = 0;
  #hasMissing = false;

  constructor(
    main: { readonly name: string; readonly text: string },
    resolve: IncludeResolver,
    report: (diagnostic: Diagnostic<IncludeCode>) => void,
  ) {
    this.#resolve = resolve;
    this.#report = report;
    this.#open = [main.name];
    this.#characters = main.text.length;
  }

  /** True if any included file was not found. */
  get hasMissing(): boolean {
    return this.#hasMissing;
  }

  /**
   * Reads an included file with `read`. Reports and skips one that is missing, includes itself or exceeds the
   * limits.
   */
  include(name: string, span: SourceSpan, read: (cursor: FileCursor) => void): void {
    if (this.#open.includes(name)) {
      this.#fault(
        'error',
        'include-cycle',
        `${quoted(name)} includes itself; syslinux would loop forever`,
        span,
      );
      return;
    }
    if (this.#open.length > MAX_INCLUDE_DEPTH) {
      const message = `files include each other more than ${MAX_INCLUDE_DEPTH} levels deep`;
      this.#fault('error', 'include-too-deep', message, span);
      return;
    }
    const text = this.#resolve(name);
    if (text === undefined) {
      this.#hasMissing = true;
      this.#fault('note', 'include-missing', `${quoted(name)} is missing and skipped`, span);
      return;
    }
    this.#count += 1;
    this.#characters += text.length;
    if (this.#count > MAX_INCLUDES || this.#characters > MAX_TOTAL_CHARACTERS) {
      const message = `more than ${MAX_INCLUDES} files or ${MAX_TOTAL_CHARACTERS} characters are included`;
      this.#fault('error', 'include-too-much', message, span);
      return;
    }
    this.#open.push(name);
    read(new FileCursor(name, text));
    this.#open.pop();
  }

  #fault(
    severity: Diagnostic['severity'],
    code: IncludeCode,
    message: string,
    span: SourceSpan,
  ): void {
    this.#report({ severity, code, message, span });
  }
}
