import { failure, type Result, success } from '../errors.js';
import { closestWord, hintWith, joinAlternatives } from './suggestion.js';

/** Variants of the netboot installer: text dialogs, or graphical ones with a larger initrd. */
export const VARIANTS = ['text', 'gtk'] as const;

/** Variant of the netboot installer. */
export type Variant = (typeof VARIANTS)[number];

const OTHER_NAMES: Readonly<Record<string, Variant>> = {
  newt: 'text',
  textual: 'text',
  graphical: 'gtk',
  gui: 'gtk',
  graphic: 'gtk',
};

/** Returns true if `text` is a variant. */
export function isVariant(text: string): text is Variant {
  return (VARIANTS as readonly string[]).includes(text);
}

/** Parses a variant: `text` or `gtk`. */
export function parseVariant(text: string): Result<Variant> {
  if (isVariant(text)) {
    return success(text);
  }
  const lower = text.trim().toLowerCase();
  const meant = isVariant(lower) ? lower : (OTHER_NAMES[lower] ?? closestWord(text, VARIANTS));
  return failure('ERR_NETBOOT_UNKNOWN_VARIANT', `unknown variant ${JSON.stringify(text)}`, {
    hint: hintWith(meant, `choose ${joinAlternatives(VARIANTS)}`),
  });
}
