import { createElement, Fragment, options } from 'preact';
import { afterEach, describe, expect, it } from 'vitest';

import { escapeRenderedText, printable } from './printable-text.js';

describe('printable', () => {
  it('escapes invisible characters, and leaves all others unchanged', () => {
    expect(printable('a\u{1b}[31m\n\u{202e}\u{3164}ü😀')).toBe(
      String.raw`a\u{1b}[31m\u{a}\u{202e}\u{3164}ü😀`,
    );
  });
});

describe('escapeRenderedText', () => {
  const before = { vnode: undefined, ...options };

  afterEach(() => {
    Object.assign(options, before);
  });

  it('escapes the text and the text attributes of elements, at any depth', () => {
    escapeRenderedText();
    const { props } = createElement(
      'p',
      { title: 'a\u{202e}', 'aria-label': 'b\u{200b}' },
      ...['c\u{7}\n', ['d\u{9b}', 5, null], createElement(Fragment, null, 'e\u{0}')],
    );
    expect(props).toMatchObject({
      title: String.raw`a\u{202e}`,
      'aria-label': String.raw`b\u{200b}`,
      children: [
        `${String.raw`c\u{7}`}\n`,
        [String.raw`d\u{9b}`, 5, null],
        { props: { children: String.raw`e\u{0}` } },
      ],
    });
  });

  it('leaves the values of fields and the properties of components alone', () => {
    escapeRenderedText();
    const Part = (): null => null;
    expect(createElement('input', { value: 'a\u{200d}' }).props.value).toBe('a\u{200d}');
    expect(createElement(Part, { text: 'a\u{200d}' } as object).props).toEqual({
      text: 'a\u{200d}',
    });
  });

  it('keeps other hooks', () => {
    const seen: unknown[] = [];
    options.vnode = ({ type }) => {
      seen.push(type);
    };
    escapeRenderedText();
    createElement('br', null);
    expect(seen).toEqual(['br']);
  });
});
