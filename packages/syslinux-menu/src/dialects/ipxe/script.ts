import { type PathResolver, type PathRole, type RenderContext } from '../../dialect/dialect.js';
import { hasBlank, quoted } from '../../text/text.js';

/**
 * Collects the lines of an iPXE script. iPXE splits lines at blanks, has no quotes or escapes, and
 * expands `${...}` in every word (src/core/exec.c), so some texts cannot be expressed.
 */
export class IpxeScript {
  readonly #context: RenderContext;
  readonly #resolve: PathResolver;
  readonly #lines: string[] = ['#!ipxe'];

  constructor(resolve: PathResolver, context: RenderContext) {
    this.#resolve = resolve;
    this.#context = context;
  }

  line(...lines: readonly string[]): this {
    this.#lines.push(...lines);
    return this;
  }

  /**
   * Returns text as arguments. Text that iPXE would not take literally is reported as a fault of
   * its item; in the menu's own texts it is replaced. `path` is its location in the model.
   */
  words(text: string, path: string): string {
    const words = text.split(' ');
    const strange = words.find(isReadByIpxe);
    if (strange !== undefined) {
      const what = `iPXE would not take ${quoted(strange)} literally and has no way to quote it`;
      this.#context.fault('inexpressible-word', what, path);
    }
    if (text.includes('  ')) {
      this.#context.report(
        'note',
        'collapsed-blanks',
        'iPXE collapses several spaces into one',
        path,
      );
    }
    return words.map((word) => (isReadByIpxe(word) ? '-' : word)).join(' ');
  }

  /**
   * Returns text for the end of a line, without trailing blanks. A trailing backslash would join the
   * next line to it, so a comment sign follows it.
   */
  lastWords(text: string, path: string): string {
    const words = this.words(text, path);
    let end = words.length;
    while (words.charAt(end - 1) === ' ') {
      end -= 1;
    }
    const last = words.slice(0, end);
    return last.endsWith('\\') ? `${last} #` : last;
  }

  /**
   * Returns an id. Reports a fault if it ends in a backslash, which would join the next line wherever the id
   * ends its line: as a label or after `goto`.
   */
  id(id: string, path: string): string {
    if (id.endsWith('\\')) {
      const what = `iPXE would join the next line to the id ${quoted(id)}; choose another id`;
      this.#context.fault('inexpressible-word', what, path);
    }
    return this.words(id, path);
  }

  /**
   * Returns the URL or TFTP path for a path of the menu. If iPXE cannot fetch it, reports a fault and
   * returns undefined.
   */
  file(value: string, role: PathRole, path: string): string | undefined {
    const name = this.#resolve(value, role);
    if (isReadByIpxe(value)) {
      const what = `iPXE would not take ${quoted(value)} literally and has no way to quote it`;
      this.#context.fault('inexpressible-word', what, path);
    } else if (name === undefined) {
      this.#context.fault('unusable-file-name', `iPXE cannot fetch ${quoted(value)}`, path);
    } else if (name === '' || hasBlank(name) || /^[-#]/.test(name) || name.endsWith('\\')) {
      const what = `file name ${quoted(name)} is empty, begins with "-" or "#", contains whitespace or ends in a backslash`;
      this.#context.fault('unusable-file-name', what, path);
    } else {
      return name;
    }
    return undefined;
  }

  /** Returns the script. Every line ends in LF. */
  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

/** Returns true if iPXE treats the word as part of its syntax. */
function isReadByIpxe(word: string): boolean {
  const isTerminator = word === '||' || word === '&&' || word === ';';
  return isTerminator || word.startsWith('#') || hasExpansion(word);
}

/** Returns true if iPXE would replace a part of the word with the value of a setting. */
function hasExpansion(word: string): boolean {
  const start = word.indexOf('${');
  return start >= 0 && word.includes('}', start);
}
