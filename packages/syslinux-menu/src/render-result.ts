import { type Diagnostic, hasErrors } from './diagnostic.js';
import { MenuError } from './errors.js';

/** What a path in the menu is for; a resolver may treat pictures unlike kernels. */
export type PathRole = 'kernel' | 'initrd' | 'program' | 'background' | 'theme';

/**
 * Turns a path of the boot namespace into what the loader is told to fetch: a TFTP path, an http://
 * URL, or GRUB's `(http,host:port)/path`. Must give the same answer for the same path.
 */
export type PathResolver = (path: string, role: PathRole) => string;

/** A rendered menu, or why there is none. Warnings and notes come with both. */
export type RenderResult =
  | {
      readonly ok: true;
      /** The whole file: lines end in LF, the last one too. */
      readonly text: string;
      readonly diagnostics: readonly Diagnostic[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** The text, unless a diagnostic is an error. */
export function renderResult(text: string, diagnostics: readonly Diagnostic[]): RenderResult {
  return hasErrors(diagnostics) ? { ok: false, diagnostics } : { ok: true, text, diagnostics };
}

/**
 * The text of a rendered menu.
 *
 * @throws {@link MenuError} with code `ERR_MENU_INVALID` when there is none.
 */
export function expectRendered(result: RenderResult): string {
  if (!result.ok) throw new MenuError('ERR_MENU_INVALID', result.diagnostics);
  return result.text;
}
