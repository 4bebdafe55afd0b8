import { Fragment, options, type VNode } from 'preact';

/**
 * Control and invisible characters: controls, bidirectional marks and other format characters, line
 * separators, lone surrogates, and default-ignorable code points.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** The same characters, except line feeds and tabs, which multi-line text contains. */
const UNSEEN_IN_LINES =
  /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Properties of elements that people see or hear as text. The values of fields stay as they are. */
const TEXT_PROPERTIES = ['title', 'aria-label', 'alt', 'placeholder', 'label'] as const;

/** Makes the invisible characters of a text visible, as in `\u{1b}`. */
export function printable(text: string): string {
  return text.replaceAll(UNSEEN, escaped);
}

/**
 * Makes the invisible characters visible in all text that the page renders from now on, since most of it
 * comes from machines on the network, whose names and messages could otherwise reverse or hide text.
 */
export function escapeRenderedText(): void {
  const previous = options.vnode?.bind(options);
  options.vnode = (vnode) => {
    escapeText(vnode);
    previous?.(vnode);
  };
}

function escapeText({ type, props }: VNode): void {
  // Components pass their text on to elements.
  if (typeof type !== 'string' && type !== Fragment) {
    return;
  }
  const properties = props as Record<string, unknown>;
  for (const name of TEXT_PROPERTIES) {
    const value = properties[name];
    if (typeof value === 'string') {
      properties[name] = printableLines(value);
    }
  }
  if (properties['children'] !== undefined) {
    properties['children'] = printableChildren(properties['children']);
  }
}

function printableChildren(children: unknown): unknown {
  if (typeof children === 'string') {
    return printableLines(children);
  }
  return Array.isArray(children) ? children.map(printableChildren) : children;
}

function printableLines(text: string): string {
  return text.replaceAll(UNSEEN_IN_LINES, escaped);
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
