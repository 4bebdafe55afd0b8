import { type Diagnostic } from '../diagnostic.js';
import { hasBlank, quoted } from '../text.js';

/** Reports a file name that GRUB would take for something else. */
export function reportUnusableName(name: string, path: string, diagnostics: Diagnostic[]): void {
  if (name !== '' && !hasBlank(name) && !name.startsWith('-')) return;
  diagnostics.push({
    severity: 'error',
    code: 'unusable-file-name',
    message: `file name ${quoted(name)} is empty, begins with "-" or has a blank`,
    path,
  });
}
