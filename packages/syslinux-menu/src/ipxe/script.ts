import { type Diagnostic } from '../diagnostic.js';
import { type PathResolver, type PathRole } from '../render-result.js';
import { hasBlank, quoted } from '../text.js';

/** Findings about words that iPXE would read as something else. */
export type IpxeScriptCode = 'inexpressible-word' | 'collapsed-blanks' | 'unusable-file-name';

/**
 * Gathers the lines of an iPXE script. iPXE splits lines at blanks, knows no quotes or escapes, and
 * expands `${...}` in every word (src/core/exec.c), so some texts cannot be said.
 */
export class IpxeScript {
  readonly #resolve: PathResolver;
  readonly #diagnostics: Diagnostic[];
  readonly #lines: string[] = ['#!ipxe'];

  constructor(resolve: PathResolver, diagnostics: Diagnostic[]) {
    this.#resolve = resolve;
    this.#diagnostics = diagnostics;
  }

  line(...lines: readonly string[]): this {
    this.#lines.push(...lines);
    return this;
  }

  /** Text as arguments; reports what iPXE would not take literally. `path` is where it stands. */
  words(text: string, path: string): string {
    for (const word of text.split(' ')) {
      const isTerminator = word === '||' || word === '&&' || word === ';';
      if (isTerminator || word.startsWith('#') || hasExpansion(word)) {
        this.#diagnostics.push({
          severity: 'error',
          code: 'inexpressible-word' satisfies IpxeScriptCode,
          message: `iPXE would not take ${quoted(word)} literally and has no way to quote it`,
          path,
        });
      }
    }
    if (text.includes('  ')) {
      this.#diagnostics.push({
        severity: 'note',
        code: 'collapsed-blanks' satisfies IpxeScriptCode,
        message: 'iPXE makes one blank of several',
        path,
      });
    }
    return text;
  }

  /** Text at the end of a line, where a backslash would join the next line to it. */
  lastWords(text: string, path: string): string {
    return `${this.words(text, path)}${text.endsWith('\\') ? ' #' : ''}`;
  }

  /** An id, which stands at the end of lines as a label and behind `goto`. */
  id(id: string, path: string): string {
    if (id.endsWith('\\')) {
      this.#diagnostics.push({
        severity: 'error',
        code: 'inexpressible-word' satisfies IpxeScriptCode,
        message: `iPXE would join the next line to the id ${quoted(id)}; let it end otherwise`,
        path,
      });
    }
    return this.words(id, path);
  }

  /** The URL or TFTP path for a path. */
  file(value: string, role: PathRole, path: string): string {
    const name = this.#resolve(value, role);
    if (name === '' || hasBlank(name) || name.startsWith('-')) {
      this.#diagnostics.push({
        severity: 'error',
        code: 'unusable-file-name' satisfies IpxeScriptCode,
        message: `file name ${quoted(name)} is empty, begins with "-" or has a blank`,
        path,
      });
    }
    return this.words(name, path);
  }

  /** The script: every line ends in LF. */
  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

/** Whether iPXE would put a setting's value in place of a part of the word. */
function hasExpansion(word: string): boolean {
  const start = word.indexOf('${');
  return start >= 0 && word.includes('}', start);
}
